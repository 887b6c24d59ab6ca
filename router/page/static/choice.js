// The rule of choice, run again in the browser: of the models within the band of the best, the first by the policy.
// It is `router/decision/scoring.py` for what a reader may change here; a test holds the two together.
export const EXCLUSIONS = new Set([
  "guard", "budget", "not_allowed", "no_consent", "capability", "context", "unhealthy", "no_ability", "no_price",
  "below_floor", "too_dear", "retired", "too_slow",
]);

export function measure(candidate, optimize, factors) {
  const price = factors.get(candidate.model) ?? 1;
  return optimize === "cost" ? candidate.cost * price : candidate.latency_ms;
}

export function eligible(candidates, lifted) {
  return candidates.filter((each) => each.predicted_quality && (!EXCLUSIONS.has(each.code) || lifted.has(lift(each))));
}

export const lift = (candidate) => `${candidate.code} ${candidate.detail}`;

export function choose(candidates, { band, optimize, lifted = new Set(), factors = new Map() }) {
  const able = eligible(candidates, lifted);
  if (!able.length) return null;
  const best = Math.max(...able.map((each) => each.predicted_quality));
  const inside = able.filter((each) => each.predicted_quality >= best - band);
  inside.sort((one, other) => before(one, other, optimize, factors));
  return { winner: inside[0], inside, best };
}

function before(one, other, optimize, factors) {
  if (one.preferred !== other.preferred) return one.preferred ? -1 : 1;
  if (one.rank !== other.rank) return one.rank - other.rank;
  const difference = measure(one, optimize, factors) - measure(other, optimize, factors);
  return difference || (one.model < other.model ? -1 : 1);
}

// The next band, wider or narrower, at which another model wins.
export function turns(candidates, now, most) {
  const able = eligible(candidates, now.lifted);
  if (!able.length) return {};
  const best = Math.max(...able.map((each) => each.predicted_quality));
  const winner = choose(candidates, now).winner;
  const bands = able.map((each) => best - each.predicted_quality + 1e-9).filter((band) => band <= most);
  const at = (wanted) => { const band = Math.max(0, wanted); return { band, model: choose(candidates, { ...now, band }).winner.model }; };
  const wider = bands.filter((band) => band > now.band).sort((a, b) => a - b).map(at);
  const narrower = bands.filter((band) => band <= now.band).sort((a, b) => b - a).map((band) => at(band - 2e-9));
  const other = (turn) => turn.model !== winner.model && turn.band >= 0;
  return { wider: wider.find(other), narrower: narrower.find(other) };
}
