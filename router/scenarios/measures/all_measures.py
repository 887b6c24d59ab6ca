"""Every measure by its name."""

from collections.abc import Mapping

from router.scenarios.measures.detection import DETECTION
from router.scenarios.measures.fleet_measures import FLEET
from router.scenarios.measures.measure import Measure
from router.scenarios.measures.money_measures import MONEY
from router.scenarios.measures.retention import RETENTION
from router.scenarios.measures.routing_measures import ROUTING

MEASURES: Mapping[str, Measure] = {**ROUTING, **MONEY, **FLEET, **DETECTION, **RETENTION}
