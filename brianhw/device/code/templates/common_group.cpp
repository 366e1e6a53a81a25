{# One namespace of the model's single file; the device adds constants in place of their mark. #}
{% macro _start(block) %}
namespace {
    {{support_code_lines|autoindent}}
}

{{hashdefine_lines|autoindent}}

void {{block}}(const brianhw::Slot* const _slots, brianhw::Share& _share)
{
    using namespace brian;
    %CONSTANTS%
    {{pointers_lines|autoindent}}
{% endmacro %}

{% macro before_run_cpp_file() %}
{{_start('before_run')}}
    {% block before_code %}
    // EMPTY_CODE_BLOCK  -- will be overwritten in child templates
    {% endblock %}
}
{% endmacro %}

{% macro cpp_file() %}
{% block extra_headers %}
{% endblock %}
{{_start('run')}}
    {% block maincode %}
    {% endblock %}
}
{% endmacro %}

{% macro h_file() %}
{% endmacro %}

{% macro after_run_cpp_file() %}
{{_start('after_run')}}
    {% block after_code %}
    // EMPTY_CODE_BLOCK  -- will be overwritten in child templates
    {% endblock %}
}
{% endmacro %}
