{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}
{% block maincode %}
    {# not_refractory, lastspike and the event space are needed variables of Brian2's Thresholder. #}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    const int _vectorisation_idx = -1;
    // %SCALAR%
    {{scalar_code|autoindent}}

    // %UNIFORM%
    int32_t _count = 0;
    {% if pure and not may_throw and not writes_shared %}
    // %DIVIDED%
    const int64_t _first = brianhw::begin_of(_share, N), _last = brianhw::end_of(_share, N);
    {% else %}
    const int64_t _first = 0, _last = N;
    {% endif %}
    {% if pure %}
    // Few neurons fire: first see, many at a time, whether any of a block does.
    const int64_t _block = 128;
    for(int64_t _begin=_first; _begin<_last; _begin+=_block)
    {
    const int64_t _end = std::min<int64_t>(_begin + _block, _last);
    int _any = 0;
    for(int64_t _idx=_begin; _idx<_end; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        _any |= _cond ? 1 : 0;
    }
    if (!_any) continue;
    {% else %}
    {
    const int64_t _begin = _first, _end = _last;
    {% endif %}
    for(int64_t _idx=_begin; _idx<_end; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        if(_cond) {
            {{_eventspace}}[_first + _count++] = _idx;
            {% if _uses_refractory %}
            {{not_refractory}}[_idx] = false;
            {{lastspike}}[_idx] = {{t}};
            {% endif %}
        }
    }
    }
    _share.found = _count;
    if (_share.of == 1) {{_eventspace}}[N] = _count;
{% endblock %}

{% block after_code %}
    {% set _eventspace = get_array_name(eventspace_variable) %}
    {{_eventspace}}[N] = 0;
{% endblock %}
