"""Rates that change between runs, by a table, and from outside while the network runs."""

import time

import numpy as np
import pyNN.spiNNaker as p

n, part = 100, 200


def change(label, connection):
    time.sleep(part / 1000.0)
    connection.set_rates(label, [(i, 100.0) for i in range(n)])


p.setup(timestep=1.0)
control = p.external_devices.SpynnakerPoissonControlConnection(poisson_labels=["live"], local_port=None)
control.add_start_resume_callback("live", change)
between = p.Population(n, p.SpikeSourcePoisson(rate=20.0), label="between", additional_parameters={"max_rate": 500.0})
table = p.Population(
    n, p.extra_models.SpikeSourcePoissonVariable(rates=[50, 0, 150], starts=[0, part, 2 * part],
                                                 durations=[part, part, part]), label="table",
)  # fmt: skip
live = p.Population(n, p.SpikeSourcePoisson(rate=10.0), label="live", additional_parameters={"max_rate": 200.0})
p.external_devices.add_poisson_live_rate_control(live, database_notify_port_num=control.local_port)
target = p.Population(n, p.IF_curr_exp(), label="target")
for each in (between, table, live):
    p.Projection(each, target, p.OneToOneConnector(), p.StaticSynapse(weight=0.1))
    each.record("spikes")
for rate in (20.0, 80.0, 0.0):
    between.set(rate=rate)
    p.run(part)
counts = {}
for each in (between, table, live):
    trains = np.concatenate([train.magnitude for train in each.get_data("spikes").segments[0].spiketrains])
    counts[each.label] = np.histogram(trains, [0, part, 2 * part, 3 * part])[0]
p.end()

asked = {"between": [20.0, 80.0, 0.0], "table": [50.0, 0.0, 150.0], "live": [10.0, 100.0, 100.0]}
for label, rates in asked.items():
    for count, rate in zip(counts[label], rates, strict=True):
        mean = n * rate * part / 1000  # of a Poisson number, which has the root of it as standard deviation
        assert abs(count - mean) <= 4 * mean**0.5, (label, counts[label], rates)
