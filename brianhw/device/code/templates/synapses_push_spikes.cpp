{# USES_VARIABLES { _n_sources, _n_targets, delay, _source_dt} #}
{# The core sends the spikes; this template only says which variables must be there. #}
{% extends 'common_group.cpp' %}
