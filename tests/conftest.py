"""What every test shares: the profile under which properties are searched."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "fungible",
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("fungible")
