{# USES_VARIABLES { N, _clock_t, count, _source_start, _source_stop} #}
{# WRITES_TO_READ_ONLY_VARIABLES { N, count } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const int32_t* const _events = {{_eventspace}};
    const int32_t* const _all_events_end = _events + _events[_num{{eventspace_variable.name}}-1];
    // neurons are in ascending order
    const int32_t* const _first_event = std::lower_bound(_events, _all_events_end, (int32_t)_source_start);
    const int32_t* const _events_end = std::lower_bound(_first_event, _all_events_end, (int32_t)_source_stop);
    if (_first_event < _events_end)
    {
        const size_t _vectorisation_idx = 1;
        {{scalar_code|autoindent}}
        for (const int32_t* _event = _first_event; _event < _events_end; _event++)
        {
            const size_t _idx = *_event;
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
            {% for varname, var in record_variables | dictsort %}
            {{get_array_name(var, access_data=False)}}.push_back(_to_record_{{varname}});
            {% endfor %}
            {{count}}[_idx-_source_start]++;
        }
        {{N}} += _events_end - _first_event;
    }
{% endblock %}
