{# USES_VARIABLES { N, rate, t, _spikespace, _clock_t, _clock_dt,
                    _num_source_neurons, _source_start, _source_stop } #}
{# WRITES_TO_READ_ONLY_VARIABLES { N } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    const int32_t* const _events = {{_spikespace}};
    const int32_t* const _all_events_end = _events + _events[_num_spikespace-1];
    const int32_t* const _first_event = std::lower_bound(_events, _all_events_end, (int32_t)_source_start);
    const int32_t* const _events_end = std::lower_bound(_first_event, _all_events_end, (int32_t)_source_stop);
    {{_dynamic_rate}}.push_back(1.0*(_events_end - _first_event)/{{_clock_dt}}/_num_source_neurons);
    {{_dynamic_t}}.push_back({{_clock_t}});
    {{N}}++;
{% endblock %}
