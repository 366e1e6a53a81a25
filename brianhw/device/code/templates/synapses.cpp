{# USES_VARIABLES { _synaptic_pre } #}
{% extends 'common_synapses.cpp' %}

{% block maincode %}
    {% if may_be_divided and not writes_shared %}
    // %DIVIDED%
    {% endif %}
    const brianhw::Span* _spans;
    const int64_t _num_spans = brianhw_core.queue_due({{queue_name(pathway)}}, _share.number, &_spans);
    if (_num_spans > 0)
    {
        const size_t _vectorisation_idx = -1;
        // %SCALAR%
        {{scalar_code|autoindent}}
        // %UNIFORM%
        {% for name, type in (buffers or {}).items() %}
        {{type}} _block_{{name}}[64] = {};
        {% endfor %}
        {% for each in ahead or [] %}
        double {{each.place}}[64] = {};
        {% endfor %}
        {% if fetched %}
        // synapses that do not lie side by side are fetched while others are computed
        const auto _fetch = [&](const int32_t* synapses, int64_t n) {
            if (n == 0 || synapses[n - 1] - synapses[0] == n - 1) return;
            for (int64_t k = 0; k < n; k++)
            {
                {% for array in fetched %}
                __builtin_prefetch({{array}} + synapses[k], 1);
                {% endfor %}
            }
        };
        {% endif %}
        for (int64_t _span = 0; _span < _num_spans; _span++)
        {
            {% if in_order %}
            // %IN_ORDER%
            {% endif %}
            const int32_t* const _spiking_synapses = _spans[_span].first;
            const int64_t _num_spiking_synapses = _spans[_span].count;
            for (int64_t _begin = 0; _begin < _num_spiking_synapses; _begin += 64)
            {
                const int32_t* const _block = _spiking_synapses + _begin;
                const int _size = static_cast<int>(std::min<int64_t>(64, _num_spiking_synapses - _begin));
                {% if fetched %}
                if (_begin + 64 < _num_spiking_synapses)
                    _fetch(_block + 64, std::min<int64_t>(64, _num_spiking_synapses - _begin - 64));
                else if (_span + 1 < _num_spans)
                    _fetch(_spans[_span + 1].first, std::min<int64_t>(64, _spans[_span + 1].count));
                {% endif %}
                {% if buffers is none %}
                for (int _event = 0; _event < _size; _event++)
                {
                    const size_t _idx = _block[_event];
                    const size_t _vectorisation_idx = _idx;
                    {{vector_code|autoindent}}
                }
                {% else %}
                // What each synapse does for itself is computed for many at once, if they all differ. The arithmetic is
                // always that of vector instructions, so that its bits do not depend on who comes together.
                const int _most = _spans[_span].distinct ? 64 : 1;
                for (int _first = 0; _first < _size; _first += _most)
                {
                    const int _number = std::min(_size - _first, _most);
                    for (int _event = 0; _event < _number; _event++)
                    {
                        const size_t _idx = _block[_first + _event];
                        {{read_code|autoindent}}
                    }
                    {{ahead_code|autoindent}}
                    {% if padding %}
                    constexpr int _together = BRIANHW_TOGETHER({{padding}});
                    const int _padded = (_number + _together - 1) / _together * _together;
                    {% endif %}
                    for (int _event = 0; _event < _padded; _event++)
                    {
                        {{own_code|autoindent}}
                    }
                    for (int _event = 0; _event < _number; _event++)
                    {
                        const size_t _idx = _block[_first + _event];
                        const size_t _vectorisation_idx = _idx;
                        {{write_code|autoindent}}
                    }
                }
                {% endif %}
            }
        }
    }
    brianhw_core.queue_advance({{queue_name(pathway)}}, _share.number);
{% endblock %}
