"""The keys of a model's row that are read, those that LiteLLM knows besides, and the nearest right one for others."""

from collections.abc import Iterable
from difflib import get_close_matches

from router.migration.word_lists import words

PARAMETERS = frozenset(
    words(
        "model api_key api_base base_url api_version organization extra_headers timeout "
        "stream_timeout max_retries rpm tpm "
        "max_parallel_requests weight order region_name tags litellm_credential_name max_budget budget_duration "
        "additional_drop_params drop_params input_cost_per_token output_cost_per_token cache_read_input_token_cost "
        "cache_creation_input_token_cost custom_llm_provider cooldown_time allowed_fails mock_response "
        "complexity_router_config complexity_router_default_model default_api_key_rpm_limit default_api_key_tpm_limit"
    )
)
SECRETS = frozenset(
    words(
        "api_key aws_access_key_id aws_secret_access_key aws_session_token vertex_credentials "
        "azure_ad_token client_secret "
        "azure_password tenant_id client_id azure_username watsonx_apikey"
    )
)
# What LiteLLM sends on to the backend with every request.
FIXED = frozenset(
    words(
        "temperature top_p top_k min_p max_tokens max_completion_tokens stop seed n presence_penalty frequency_penalty "
        "thinking reasoning_effort reasoning extra_body extra_query response_format dimensions "
        "encoding_format num_ctx keep_alive "
        "num_predict repeat_penalty repetition_penalty service_tier user metadata verbosity modalities "
        "audio parallel_tool_calls "
        "tools tool_choice web_search_options cache_control_injection_points store logit_bias voice "
        "prompt_id safety_settings "
        "format think chat_template_kwargs allowed_openai_params provider route transforms models fallbacks"
    )
)
KNOWN_BESIDE = frozenset(
    words(
        "use_in_pass_through use_litellm_proxy merge_reasoning_content_in_choices tpm_limit rpm_limit hf_model_name "
        "input_cost_per_second output_cost_per_second input_cost_per_image output_cost_per_image input_cost_per_pixel "
        "input_cost_per_character output_cost_per_character input_cost_per_query input_cost_per_audio_token "
        "output_cost_per_audio_token output_cost_per_reasoning_token cache_creation_input_token_cost_above_1hr "
        "input_cost_per_token_batches output_cost_per_token_batches model_info litellm_trace_id "
        "configurable_clientside_auth_params "
        "vertex_project vertex_location aws_region_name aws_role_name aws_session_name aws_profile_name "
        "aws_bedrock_runtime_endpoint "
        "azure_scope azure_authority azure_deployment auto_router_config auto_router_config_path "
        "auto_router_default_model "
        "auto_router_embedding_model max_file_size_mb guardrails ssl_verify num_retries no-log mock_tool_calls "
        "default_max_tokens prompt_label dotprompt_content supports_system_message stream use_chat_completions_api "
        "project wildcard blocked litellm_system_prompt initial_prompt_value roles "
        "final_prompt_value bos_token eos_token"
    )
)
INFO = frozenset(
    words(
        "id mode base_model max_input_tokens max_output_tokens max_tokens input_cost_per_token output_cost_per_token "
        "cache_read_input_token_cost cache_creation_input_token_cost cache_creation_input_token_cost_above_1hr "
        "input_cost_per_character output_vector_size access_groups supports_function_calling supports_vision "
        "supports_response_schema supports_audio_input supports_pdf_input supports_parallel_function_calling "
        "supports_tool_choice team_id team_public_model_name"
    )
)
INFO_BESIDE = frozenset(
    words(
        "supports_audio_output supports_prompt_caching supports_reasoning supports_system_messages supports_web_search "
        "supports_assistant_prefill supports_native_streaming supports_computer_use "
        "supports_url_context supports_embedding_image_input "
        "supports_video_input description litellm_provider source health_check_model "
        "health_check_timeout disable_background_health_check "
        "input_cost_per_second output_cost_per_second input_cost_per_image output_cost_per_image "
        "output_cost_per_character "
        "input_cost_per_query input_cost_per_audio_token output_cost_per_audio_token output_cost_per_reasoning_token "
        "input_cost_per_token_batches output_cost_per_token_batches input_cost_per_token_above_200k_tokens "
        "output_cost_per_token_above_200k_tokens input_cost_per_token_above_128k_tokens "
        "output_cost_per_token_above_128k_tokens "
        "rpm tpm tags version db_model created_by created_at updated_at deprecation_date "
        "supported_openai_params supported_endpoints "
        "supported_modalities supported_output_modalities supported_regions supports_minimal_reasoning_effort tier key "
        "tool_use_system_prompt_tokens search_context_cost_per_query metadata blocked supported_environments "
        "cache_read_input_token_cost_above_200k_tokens "
        "cache_creation_input_token_cost_above_200k_tokens health_check_voice"
    )
)
ROW = frozenset({"model_name", "litellm_params", "model_info"})
# A slip of the hand in one of these sends requests, or a key, to the wrong place.
_DECIDE_WHERE = frozenset(
    {"model", "api_key", "api_base", "base_url", "api_version", "litellm_credential_name", "extra_headers"}
)
ALL_PARAMETERS = PARAMETERS | SECRETS | FIXED | KNOWN_BESIDE


def meant(key: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """The known key that a wrong one is nearest to, or nothing."""
    close = get_close_matches(key, sorted(known), n=1, cutoff=cutoff)
    return close[0] if close else ""


def misdirects(key: str) -> bool:
    """Whether a key is a slip for one that decides where a request goes."""
    return meant(key, ALL_PARAMETERS, 0.8) in _DECIDE_WHERE
