// Makes and revokes keys; a secret is shown once and nowhere kept.
import { api, fill, texts } from "./api.js";

const said = texts();
const at = (name) => document.querySelector(`[data-${name}]`);

function fault(message) {
  at("fault").hidden = !message;
  at("fault").textContent = message;
}

at("make")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const given = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value.trim()));
  for (const list of ["models", "budgets"]) {
    if (given[list]) given[list] = given[list].split(/\s*,\s*(?!\d)/);
  }
  if (given.requests_per_minute) given.requests_per_minute = Number(given.requests_per_minute) || given.requests_per_minute;
  try {
    const { data } = await api("/admin/v1/keys?because=made+on+the+page", { method: "POST", body: given });
    fault("");
    event.target.reset();
    at("secret-text").textContent = data.secret;
    at("secret").hidden = false;
    at("secret").scrollIntoView({ block: "center" });
  } catch (error) {
    fault(error.message);
  }
});

at("copy")?.addEventListener("click", async () => {
  await navigator.clipboard?.writeText(at("secret-text").textContent);
  at("copy").textContent = said["keys.js.copied"];
});

for (const button of document.querySelectorAll("[data-revoke]")) {
  button.addEventListener("click", async () => {
    if (!button.dataset.armed) {
      button.dataset.armed = "yes";
      button.textContent = fill(button.dataset.sure, {});
      return;
    }
    try {
      await api(`/admin/v1/keys/${encodeURIComponent(button.dataset.revoke)}/revoke?because=revoked+on+the+page`, { method: "POST" });
      location.reload();
    } catch (error) {
      fault(error.message);
    }
  });
}
