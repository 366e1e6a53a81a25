{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{# As stateupdate.cpp, with the numbers of the functions in `drawn` drawn for many elements at once. #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {% for name in drawn %}
    const brianhw::Chances _chances_{{loop.index}}({{name}}_values);
    const brianhw::Threefry _key_{{loop.index}} = brianhw::Threefry::of(_random_generators[0]);
    {% endfor %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    const int64_t _N = {{constant_or_scalar('N', variables['N'])}};
    {% if threads and elementwise and not may_throw %}
    // What an element gets depends on its number only: the result is the same with any number of threads.
    const unsigned _float_mode = brianhw::float_mode();  // threads have that of the time when they were started
    #pragma omp parallel num_threads({{threads}}) if(_N >= 2048)
    {
    brianhw::set_float_mode(_float_mode);
    #pragma omp for schedule(static)
    {% else %}
    {
    {% endif %}
    for(int64_t _begin=0; _begin<_N; _begin+=brianhw::DRAWN_AT_ONCE)
    {
        const int64_t _end = std::min(_begin + brianhw::DRAWN_AT_ONCE, _N);
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
    }
{% endblock %}
