"""The words by which a receipt says what of a request was left out or changed, and why a call failed.

Invariant: closed sets, made of names that APIs have and of codes that are ours, so that no text of a client or of a
backend, which may repeat a prompt, is in a receipt. A parameter that no API has is called `other`.
"""

import re

_OPENAI = """
messages model max_tokens max_completion_tokens n stop seed stream stream_options temperature top_p tools tool_choice
parallel_tool_calls response_format user metadata frequency_penalty presence_penalty logit_bias logprobs top_logprobs
reasoning_effort verbosity service_tier store prompt_cache_key prompt_cache_retention safety_identifier modalities audio
prediction web_search_options functions function_call input instructions dimensions encoding_format voice speed
stream_format suffix echo best_of content name refusal image_url input_audio file url detail data format file_data
file_id filename tool_calls extra_content reasoning_content reasoning text include truncation phase max_tool_calls
access_programs background_options image previous_response_id conversation background prompt summary generate_summary
effort function arguments json_schema parameters id role routing_config session_affinity
"""
_ANTHROPIC = """
anthropic thinking budget_tokens cache_control container output_config context_management inference_geo betas
client_tools mcp_servers system stop_sequences top_k type display task_budget edits citations title context is_error
redacted_thinking ttl search_result tool_reference document block order caller input_examples defer_loading
eager_input_streaming allowed_callers
"""
_OTHERS = """
extra_body provider models route fallbacks transforms plugins preset min_p top_a repetition_penalty include_reasoning
reasoning_details exclude enabled data_sources min_tokens max_new_tokens n_predict num_predict use_beam_search
length_penalty ignore_eos stop_token_ids bad_words skip_special_tokens spaces_between_special_tokens
include_stop_str_in_output truncate_prompt_tokens prompt_logprobs priority add_generation_prompt continue_final_message
add_special_tokens documents chat_template chat_template_kwargs enable_thinking mm_processor_kwargs guided_json
guided_regex guided_choice guided_grammar structured_outputs typical_p repeat_penalty repeat_last_n mirostat
mirostat_tau mirostat_eta dry_multiplier dry_base dry_allowed_length dry_penalty_last_n xtc_probability xtc_threshold
dynatemp_range dynatemp_exponent samplers grammar json_schema cache_prompt reasoning_format n_probs id_slot
thinking_budget options keep_alive think extra fungible input_type language usage session_id trace
"""
_SCHEMA = """
schema oneOf anyOf allOf not if then else enum const default examples format pattern minimum maximum exclusiveMinimum
exclusiveMaximum multipleOf minLength maxLength minItems maxItems uniqueItems contains minContains maxContains
prefixItems additionalItems unevaluatedItems properties required additionalProperties patternProperties propertyNames
minProperties maxProperties unevaluatedProperties dependencies dependentRequired dependentSchemas definitions nullable
discriminator deprecated readOnly writeOnly contentEncoding contentMediaType contentSchema example description $schema
$id $anchor $comment $ref $defs $dynamicRef $dynamicAnchor
"""
PARAMETER_NAMES = frozenset(f"{_OPENAI} {_ANTHROPIC} {_OTHERS} {_SCHEMA}".split())
OTHER = "other"
_OUR_CODES = """
adapter_failed bad_data_url bad_file bad_header broken_off budget_held budget_spent budget_unknown connection_failed
credentials cut_off deadline elsewhere empty failed_end late_answer late_connection late_end late_first_token late_token
no_answer no_choice no_http no_object no_piece no_sound not_json not_wav other_model part_not_taken region resting
simulated stopped strange_shape stream_error tls_failed too_large too_long value_not_taken vectors_differ
vectors_missing wordless wrong_format wrong_kind
"""
# What APIs call it, in lower case.
_THEIR_CODES = """
api_error array_above_max_length array_below_min_length authentication_error billing_error billing_hard_limit_reached
billing_not_active bio_policy content_filter content_policy_violation context_length_exceeded cyber_policy
data_residency_mismatch decimal_above_max_value decimal_below_min_value deploymentnotfound empty_array empty_image_file
empty_string exceed_context_size_error failed_to_download_image image_content_policy_violation image_file_not_found
image_file_too_large image_generation_user_error image_parse_error image_too_large image_too_small insufficient_quota
integer_above_max_value integer_below_min_value internal_error internal_server_error invalid_api_key
invalid_base64_image invalid_function_parameters invalid_image invalid_image_format invalid_image_mode
invalid_image_url invalid_json_schema invalid_prompt invalid_request_error invalid_schema invalid_type invalid_value
misalignment_policy_violation missing_required_parameter moderation_blocked model_not_found not_found_error
object_above_max_properties overloaded overloaded_error permission_error quota_exceeded rate_limit_error
rate_limit_exceeded request_too_large requests responsibleaipolicyviolation safety_error server_error
service_unavailable string_above_max_length string_below_min_length timeout timeout_error tokens unknown_model
unknown_parameter unsupported_content_type unsupported_country_region_territory unsupported_file unsupported_image
unsupported_image_media_type unsupported_parameter unsupported_value usage_limit_reached vector_store_timeout
"""
_OF_APIS = frozenset(_THEIR_CODES.split())
FAILURE_CODES = frozenset(_OUR_CODES.split()) | _OF_APIS
# As APIs spell it, where that is not in lower case.
_SPELT = {"responsibleaipolicyviolation": "ResponsibleAIPolicyViolation", "deploymentnotfound": "DeploymentNotFound"}
_STEP = re.compile(r"(?:^|\.)(?P<name>[A-Za-z_$][\w$]{0,63})|\[\d{1,6}\]|\.\d{1,6}(?![\w$])")
_STATUS = re.compile(r"http_[1-5][0-9]{2}")


def parameter_name(name: str) -> str:
    """The name as a note may have it: each part of it where an API has that, else `other`."""
    return ".".join(part if part in PARAMETER_NAMES else OTHER for part in name.split(".")[:2])


def code_of_apis(text: object) -> str | None:
    """A code or type of an error, as APIs spell it, where one has it; None for anything else."""
    code = text.lower() if isinstance(text, str) else ""
    return _SPELT.get(code, code) if code in _OF_APIS else None


def parameter_path(text: object) -> str | None:
    """Where in a request something is wrong, as far as its steps are numbers and names that an API has."""
    end, path = 0, text if isinstance(text, str) else ""
    while (step := _STEP.match(path, end)) and (step["name"] is None or step["name"] in PARAMETER_NAMES):
        end = step.end()
    return path[:end] or None


def failure_code(*parts: str | None) -> str:
    """The parts that are codes, as one: `http_400:context_length_exceeded:max_tokens`; any other is left out."""
    pieces = [piece for part in parts if part for piece in part.split(":")]
    return ":".join(dict.fromkeys(piece for piece in pieces if _is_code(piece)))


def _is_code(piece: str) -> bool:
    return piece in FAILURE_CODES or piece in PARAMETER_NAMES or bool(_STATUS.fullmatch(piece))
