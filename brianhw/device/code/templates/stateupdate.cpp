{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    // %SCALAR%
    {{scalar_code|autoindent}}

    {# N is an array where synapses are updated #}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    // %UNIFORM%
    {% if elementwise and not may_throw and not writes_shared %}
    // %DIVIDED%
    const int _first = brianhw::begin_of(_share, _N), _end = brianhw::end_of(_share, _N);
    {% else %}
    const int _first = 0, _end = _N;
    {% endif %}
    {% if ahead %}
    // NumPy's functions are called for many elements at once
    {% for each in ahead %}
    double {{each.place}}[64];
    {% endfor %}
    for(int _begin=_first; _begin<_end; _begin+=64)
    {
    const int _number = std::min(64, _end - _begin);
    {{ahead_code|autoindent}}
    for(int _event=0; _event<_number; _event++)
    {
        const int _idx = _begin + _event;
    {% else %}
    {
    {% if elementwise and not may_throw and not writes_shared %}
    // %LOOP%
    {% endif %}
    for(int _idx=_first; _idx<_end; _idx++)
    {
    {% endif %}
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    {% if not ahead and elementwise and not may_throw and not writes_shared %}
    // %END%
    {% endif %}
    }
{% endblock %}
