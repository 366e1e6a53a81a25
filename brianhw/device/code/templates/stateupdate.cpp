{# USES_VARIABLES { N } #}
{# ALLOWS_SCALAR_WRITE #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    {# N is an array where synapses are updated #}
    const int _N = {{constant_or_scalar('N', variables['N'])}};
    // %UNIFORM%
    {% if threads and elementwise and not may_throw %}
    // Each element depends on itself only: the result is the same with any number of threads.
    const unsigned _float_mode = brianhw::float_mode();  // threads have that of the time when they were started
    #pragma omp parallel num_threads({{threads}}) if(_N >= 2048)
    {
    brianhw::set_float_mode(_float_mode);
    #pragma omp for schedule(static)
    {% else %}
    {
    {% endif %}
    for(int _idx=0; _idx<_N; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
    }
    }
{% endblock %}
