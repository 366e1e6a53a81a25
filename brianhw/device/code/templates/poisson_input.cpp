{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{# As stateupdate.cpp, with the numbers of the functions in `drawn` drawn for many elements at once. #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {% for name in drawn %}
    const brianhw::Chances _chances_{{loop.index}}({{name}}_values);
    const brianhw::Threefry _key_{{loop.index}} = brianhw::Threefry::of(_share.key, {{loop.index}});
    {% endfor %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    const int64_t _N = {{constant_or_scalar('N', variables['N'])}};
    // %UNIFORM%
    {% if elementwise and not may_throw and not writes_shared %}
    // %DIVIDED%
    const int64_t _first = brianhw::begin_of(_share, _N), _last = brianhw::end_of(_share, _N);
    {% else %}
    const int64_t _first = 0, _last = _N;
    {% endif %}
    for(int64_t _begin=_first; _begin<_last; _begin+=brianhw::DRAWN_AT_ONCE)
    {
        const int64_t _end = std::min(_begin + brianhw::DRAWN_AT_ONCE, _last);
        {% for name in drawn %}
        int32_t _numbers_{{loop.index}}[brianhw::DRAWN_AT_ONCE];
        _chances_{{loop.index}}.draw(_key_{{loop.index}}, _begin, _end, _numbers_{{loop.index}});
        const auto {{name}} = [&](size_t _element) -> double { return _numbers_{{loop.index}}[_element - _begin]; };
        {% endfor %}
        for(int64_t _idx=_begin; _idx<_end; _idx++)
        {
            const size_t _vectorisation_idx = _idx;
            {{vector_code|autoindent}}
        }
    }
{% endblock %}
