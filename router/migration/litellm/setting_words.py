"""What becomes of every setting of LiteLLM's that is no model: a kind and a sentence; None where code reads it."""

from collections.abc import Mapping

from router.migration.import_report import Kind
from router.migration.word_lists import words

Fate = tuple[Kind, str] | None
Fates = Mapping[str, Fate]


def _each(keys: str, kind: Kind, sentence: str) -> dict[str, Fate]:
    return dict.fromkeys(keys.split(), (kind, sentence))


def _elsewhere(keys: str) -> dict[str, Fate]:
    return dict.fromkeys(keys.split(), None)


_READS_CONTENT = (
    "a guard here says which model may answer, and reads no content: masking and blocking stop when LiteLLM is "
    "replaced; keep them in front, or in the application"
)
_REDIS = "each server counts for itself; keys, rates of keys and budgets are shared by the ledger (--ledger)"
_NO_CACHE = "answers are never kept here, so the same question is asked and paid for again"
_LOGS = "the ledger keeps a receipt of every request; figures and traces go out by /metrics and --telemetry"
_NO_USERS = "there are keys and teams here, and no users"
_ENTRANCE = "here keys say who asks, and nothing else does: put this in front of the server, or give out keys"
_BUILT_IN = "this is so here, or there is nothing to switch"

GLOBAL: dict[str, Fate] = {
    **_elsewhere(
        "model_alias_map fallbacks default_fallbacks context_window_fallbacks content_policy_fallbacks num_retries "
        "request_timeout allowed_fails max_budget budget_duration default_internal_user_params cache cache_params "
        "max_internal_user_budget internal_user_budget_duration drop_params callbacks success_callback "
        "failure_callback service_callback upperbound_key_generate_params default_key_generate_params"
    ),
    **_each("guardrails guardrail_list prompt_injection_params", "protection", _READS_CONTENT),
    **_each(
        "presidio_ad_hoc_recognizers output_parse_pii blocked_user_list banned_keywords_list "
        "llm_guard_mode google_moderation_confidence_threshold openai_moderations_model_name "
        "lakera_ai_category_thresholds",
        "protection",
        _READS_CONTENT,
    ),
    **_each(
        "max_end_user_budget max_end_user_budget_id max_user_budget default_max_internal_user_budget",
        "protection",
        f"{_NO_USERS}: its limit is gone; give each key its own (`fungible key create --budget`)",
    ),
    **_each(
        "tag_budget_config", "protection", "budgets here know keys, teams, policies and models, and no tags: it is gone"
    ),
    **_each(
        "default_team_settings",
        "left_out",
        "teams have no settings of their own here: what a team's keys may is on the keys",
    ),
    **_each(
        "default_team_params team_alias_map", "left_out", "teams are words on keys here: `fungible key create --team`"
    ),
    **_each(
        "cost_discount_config cost_margin_config",
        "meaning",
        "write it as a dated discount or share in contracts.yaml; until then costs are list prices",
    ),
    **_each(
        "custom_pricing custom_provider_map",
        "left_out",
        "Python of your own is not taken over: write a provider plug-in",
    ),
    **_each(
        "modify_params", "meaning", "a request is never rewritten to please a backend; what one refuses is refused"
    ),
    **_each(
        "redact_user_api_key_info turn_off_message_logging redact_messages_in_exceptions global_disable_no_log_param",
        "unused",
        "receipts and logs hold no word of a prompt and no key",
    ),
    **_each("json_logs", "unused", "start the server with `--log json`"),
    **_each(
        "set_verbose log_raw_request_response debug suppress_debug_info verbose",
        "unused",
        "`--log text` shows a line for each request",
    ),
    **_each("telemetry", "unused", "the product sends nothing home"),
    **_each(
        "mcp_servers mcp_aliases", "left_out", "MCP servers are not served: clients connect to them, or run their own"
    ),
    **_each(
        "enable_json_schema_validation",
        "meaning",
        "an answer is not checked against its schema: check it in the client",
    ),
    **_each(
        "check_provider_endpoint", "left_out", "models are those of catalog.yaml: a backend's list is not asked for"
    ),
    **_each(
        (
            "callback_settings langfuse_default_tags langsmith_batch_size s3_callback_params gcs_bucket_name "
            "datadog_params prometheus_metrics_config prometheus_initialize_budget_metrics "
            "custom_prometheus_metadata_labels "
            "custom_prometheus_tags require_auth_for_metrics_endpoint"
        ),
        "left_out",
        _LOGS,
    ),
    **_each(
        (
            "enable_preview_features enable_loadbalancing_on_batch_endpoints use_client ssl_verify ssl_certificate "
            "force_ipv4 aiohttp_trust_env disable_aiohttp_transport network_mock add_function_to_prompt "
            "convert_system_role_to_user"
        ),
        "left_out",
        "there is no such switch",
    ),
    **_each(
        "public_model_groups public_model_groups_links public_agent_groups",
        "left_out",
        "there is no public page of models; /v1/models lists what a key may use",
    ),
    **_each(
        "key_generation_settings",
        "protection",
        "who may make keys of which kind is not limited so: admin keys have roles (`fungible admin create`)",
    ),
    **_each("enable_end_user_cost_tracking_prometheus_only disable_end_user_cost_tracking", "unused", _BUILT_IN),
    **_each(
        "max_tokens",
        "protection",
        "there is no limit on output for every request: each model's `max_output` is the most",
    ),
    **_each("max_ui_session_budget ui_theme_config", "left_out", "this is of LiteLLM's own page"),
}

ROUTING: dict[str, Fate] = {
    **_elsewhere(
        "routing_strategy num_retries timeout stream_timeout allowed_fails cooldown_time model_group_alias fallbacks "
        "default_fallbacks context_window_fallbacks content_policy_fallbacks provider_budget_config "
        "enable_tag_filtering model_list"
    ),
    **_each(
        (
            "redis_host redis_port redis_password redis_url redis_db redis_ssl redis_username redis_kwargs "
            "redis_startup_nodes client_ttl"
        ),
        "left_out",
        _REDIS,
    ),
    **_each("cache_responses cache_kwargs caching_groups", "meaning", _NO_CACHE),
    **_each(
        "retry_policy model_group_retry_policy",
        "meaning",
        "retries are not counted by kind of error: a request has at most four attempts, another place or model first",
    ),
    **_each(
        "allowed_fails_policy",
        "meaning",
        (
            "failures are not counted by kind: `breaker` in deployments.yaml counts all; what says when "
            "to come back is passed over until then"
        ),
    ),
    **_each(
        "retry_after",
        "meaning",
        (
            "the pause before a retry is `retry: {pause: 0.2 s}` in deployments.yaml, with jitter; what "
            "a backend names in Retry-After goes before"
        ),
    ),
    **_each("max_fallbacks", "meaning", "a request has at most four attempts"),
    **_each("enable_pre_call_checks", "unused", "context and capacity are always looked at before a call"),
    **_each(
        "disable_cooldowns",
        "meaning",
        "ejection can't be switched off; the last place of a model is never ejected in vain",
    ),
    **_each("routing_strategy_args lowest_latency_buffer", "left_out", "there is no such strategy here"),
    **_each("debug_level set_verbose debug", "unused", "`--log text` shows a line for each request"),
    **_each(
        (
            "assistants_config polling_interval router_general_settings default_litellm_params "
            "default_max_parallel_requests "
            "default_priority optional_pre_call_checks deployment_affinity_ttl_seconds search_tools guardrail_list "
            "alerting_config health_check_ignore_transient_errors"
        ),
        "left_out",
        "this has no counterpart",
    ),
    **_each("tag_filtering_match_any", "meaning", "tags are facts for rules and guards here"),
}

SERVER: dict[str, Fate] = {
    **_elsewhere("master_key database_url completion_model max_parallel_requests global_max_parallel_requests"),
    **_each(
        (
            "custom_auth custom_auth_run_common_checks custom_auth_settings enable_jwt_auth litellm_jwtauth "
            "enable_oauth2_auth enable_oauth2_proxy_auth oauth2_config_mappings allow_user_auth custom_sso "
            "custom_ui_sso_sign_in_handler user_api_key_cache_ttl"
        ),
        "protection",
        f"it ends: {_ENTRANCE}",
    ),
    **_each(
        "allowed_ips use_x_forwarded_for mcp_internal_ip_ranges",
        "protection",
        "addresses are not checked here: let the firewall or the proxy in front do it",
    ),
    **_each(
        "allowed_routes admin_only_routes admin_allowed_routes",
        "protection",
        (
            "routes are not limited by a list: admin routes always ask for an admin key, all others for "
            "a key with --auth keys"
        ),
    ),
    **_each(
        "public_routes", "meaning", "/healthz and /readyz are open; everything else asks for a key with --auth keys"
    ),
    **_each(
        (
            "enforced_params reject_clientside_metadata_tags reject_metadata_tags disable_master_key_return "
            "enforce_user_param"
        ),
        "protection",
        "what a request must or may not say is not checked here",
    ),
    **_each(
        "max_request_size_mb max_response_size_mb",
        "protection",
        "bodies are limited by the server's own bounds (docs/serving.md), not by this number",
    ),
    **_each(
        "key_management_system key_management_settings",
        "meaning",
        "keys come from environment variables or files (`key_env`, `key_file`): let your platform put them there",
    ),
    **_each("master_key_hash", "left_out", "there is an admin key here"),
    **_each(
        "store_model_in_db",
        "meaning",
        "models that were added on LiteLLM's page are in its database and not in this file: add them by hand",
    ),
    **_each(
        "store_prompts_in_spend_logs disable_spend_logs disable_adding_master_key_hash_to_db disable_error_logs",
        "meaning",
        "the ledger keeps a receipt of each request and no word of a prompt",
    ),
    **_each(
        "maximum_spend_logs_retention_period maximum_spend_logs_retention_interval maximum_spend_logs_cleanup_cron",
        "protection",
        "nothing is deleted by itself: receipts hold no words, but they are kept for ever",
    ),
    **_each(
        (
            "alerting alerting_threshold alert_types alerting_args alert_to_webhook_url slack_msg_json "
            "spend_report_frequency"
        ),
        "protection",
        "nobody is written to: watch /metrics with an alert of your own",
    ),
    **_each(
        "pass_through_endpoints pass_through_request_timeout",
        "left_out",
        "only the routes of docs/serving.md are served",
    ),
    **_each(
        (
            "background_health_checks health_check_interval health_check_details use_shared_health_check "
            "health_check_concurrency enable_health_check_routing"
        ),
        "left_out",
        "backends are not asked for their health: failures of real calls eject them",
    ),
    **_each(
        (
            "database_connection_pool_limit database_connection_timeout database_type database_args "
            "allow_requests_on_db_unavailable "
            "use_redis_transaction_buffer database_connection_pool_timeout"
        ),
        "left_out",
        "the ledger has its own connections; see --ledger and --durability",
    ),
    **_each(
        (
            "proxy_batch_write_at proxy_budget_rescheduler_min_time proxy_budget_rescheduler_max_time "
            "proxy_budget_reset_interval disable_reset_budget disable_prisma_schema_update"
        ),
        "unused",
        "budgets hold what a call may cost before it is made, so nothing runs late",
    ),
    **_each(
        "user_header_name user_header_mappings",
        "meaning",
        "no header names a user: the key says who asks",
    ),
    **_each(
        "forward_client_headers_to_llm_api forward_openai_org_id always_include_stream_usage",
        "meaning",
        "a client's headers never go on to a backend",
    ),
    **_each("infer_model_from_keys", "left_out", "models are those of catalog.yaml"),
    **_each(
        (
            "ui_access_mode ui_username ui_password litellm_key_header_name proxy_base_url "
            "disable_retry_on_max_parallel_request_limit_error "
            "service_account_settings image_generation_model embedding_model coding_agent_models "
            "allow_client_side_credentials "
            "supported_db_objects control_plane_url default_team_disabled enable_public_model_hub "
            "use_azure_key_vault "
            "use_google_kms load_google_kms_api key_rotation otel maximum_models_per_page token_rate_limit_type "
            "role_permissions"
        ),
        "left_out",
        "this has no counterpart",
    ),
}

TOP: dict[str, Fate] = {
    **_elsewhere(
        "model_list litellm_settings router_settings general_settings environment_variables credential_list include"
    ),
    **_each("guardrails policies policy_attachments", "protection", _READS_CONTENT),
    **_each(
        "mcp_servers mcp_tools", "left_out", "MCP servers are not served: clients connect to them, or run their own"
    ),
    **_each(
        "vector_store_registry search_tools",
        "left_out",
        "nothing is looked up for a request: let the application do it",
    ),
    **_each(
        "files_settings finetune_settings assistant_settings",
        "left_out",
        "files, fine-tuning and assistants have no routes here",
    ),
    **_each("callback_settings", "left_out", _LOGS),
    **_each("prompts agents agent_list tools", "left_out", "prompts, agents and tools are the application's here"),
    **_each("worker_config model_group_settings", "left_out", "this has no counterpart"),
}

SECTIONS: dict[str, Fates] = {"litellm_settings": GLOBAL, "router_settings": ROUTING, "general_settings": SERVER}

CONTENT_GUARDS = words(
    "presidio lakera llmguard llamaguard hide_secrets google_text_moderation openai_moderations blocked_user_check "
    "banned_keywords detect_prompt_injection aporia bedrock_guardrails azure_content_safety"
)
