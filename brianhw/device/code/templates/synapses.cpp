{# USES_VARIABLES { _synaptic_pre } #}
{% extends 'common_synapses.cpp' %}

{% block maincode %}
    const brianhw::Span* _spans;
    const int64_t _num_spans = brianhw_core.queue_due({{queue_name(pathway)}}, &_spans);
    if (_num_spans > 0)
    {
        const size_t _vectorisation_idx = -1;
        {{scalar_code|autoindent}}
        // %UNIFORM%
        for (int64_t _span = 0; _span < _num_spans; _span++)
        {
            const int32_t* _spiking_synapses = _spans[_span].first;
            const int64_t _num_spiking_synapses = _spans[_span].count;
            for (int64_t _spiking_synapse_idx = 0; _spiking_synapse_idx < _num_spiking_synapses; _spiking_synapse_idx++)
            {
                const size_t _idx = _spiking_synapses[_spiking_synapse_idx];
                const size_t _vectorisation_idx = _idx;
                {{vector_code|autoindent}}
            }
        }
    }
    brianhw_core.queue_advance({{queue_name(pathway)}});
{% endblock %}
