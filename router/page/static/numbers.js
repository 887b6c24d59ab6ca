// Numbers as the server writes them: in the fewest digits that still tell things apart.
export const NOTHING = "—";

export function money(value) {
  if (value === null || value === undefined) return NOTHING;
  const amount = Math.abs(Number(value));
  const sign = Number(value) < 0 ? "−" : "";
  if (amount === 0) return "$0";
  if (amount >= 10) return `${sign}$${amount.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  const places = Math.min(9, Math.max(2, 2 - Math.floor(Math.log10(amount))));
  return `${sign}$${amount.toFixed(places)}`;
}

export const tickMoney = (value) => `$${Number(value.toPrecision(6))}`;
export const millionths = (value) => Number(value).toFixed(6);
export const percent = (value, places = 1) => (value === null ? NOTHING : `${(100 * value).toFixed(places)} %`);
export const signed = (value, places = 0) => `${value > 0 ? "+" : value < 0 ? "−" : ""}${Math.abs(100 * value).toFixed(places)} %`;
export const points = (value) => `${Number((100 * value).toFixed(2))}`;
export const milliseconds = (value) => (value >= 10000 ? `${(value / 1000).toFixed(1)} s` : `${Math.round(value).toLocaleString("en")} ms`);
