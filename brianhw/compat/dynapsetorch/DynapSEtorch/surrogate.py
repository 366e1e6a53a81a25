"""Stands in for the surrogates of DynapSEtorch."""

from brianhw.compat.dynapse_torch import FastSigmoid, Triangular

fast_sigmoid = FastSigmoid.apply
triangular = Triangular.apply
