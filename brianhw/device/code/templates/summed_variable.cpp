{# USES_VARIABLES { N } #}
{% extends 'common_group.cpp' %}

{% block maincode %}
    {# As NumPy: sums are of doubles, and become what the target holds when they are complete. #}
    {% set _target = get_array_name(_target_var) %}
    {% set _is_double = c_data_type(_target_var.dtype) == 'double' %}
    const int _target_size = {{constant_or_scalar(_target_size_name, variables[_target_size_name])}};
    {% if _is_double %}
    for (int _target_idx=0; _target_idx<_target_size; _target_idx++) {{_target}}[_target_idx + {{_target_start}}] = 0;
    {% else %}
    std::vector<double> _sums(_target_size);
    {% endif %}

    const size_t _vectorisation_idx = -1;
    {{scalar_code|autoindent}}

    for(int _idx=0; _idx<{{N}}; _idx++)
    {
        const size_t _vectorisation_idx = _idx;
        {{vector_code|autoindent}}
        {% if _is_double %}
        {{_target}}[{{get_array_name(_index_var)}}[_idx]] += _synaptic_var;
        {% else %}
        _sums[{{get_array_name(_index_var)}}[_idx] - {{_target_start}}] += _synaptic_var;
        {% endif %}
    }
    {% if not _is_double %}
    for (int _target_idx=0; _target_idx<_target_size; _target_idx++)
        {{_target}}[_target_idx + {{_target_start}}] = {{'_sums[_target_idx] != 0' if c_data_type(_target_var.dtype) == 'char' else '_sums[_target_idx]'}};
    {% endif %}
{% endblock %}
