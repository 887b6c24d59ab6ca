// Orders to a ramp or a candidate: the dangerous ones say what they do, and ask once more.
import { api } from "./api.js";

const root = () => document.querySelector("[data-orders]");

async function give(button, section) {
  const { orders, etag, after } = section.dataset;
  const words = new URLSearchParams();
  const because = section.querySelector("[data-because]").value;
  if (because) words.set("because", because);
  if (section.querySelector("[data-force]")?.checked) words.set("force", "true");
  const headers = etag ? { "if-match": `"${etag}"` } : {};
  const { order } = button.dataset;
  if (order === "drop") await api(orders, { method: "DELETE", headers });
  else await api(`${orders}/${order}?${words}`, { method: "POST", headers });
  if (after && order !== "approve") location.assign(after);
  else location.reload();
}

// The section may come after its page, so the document listens.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-order]");
  const section = root();
  if (!button || !section?.contains(button)) return;
  if (button.classList.contains("danger") && !button.dataset.armed) {
    button.dataset.armed = "yes";
    button.textContent = button.dataset.sure;
    return;
  }
  try {
    await give(button, section);
  } catch (error) {
    const fault = section.querySelector("[data-fault]");
    fault.hidden = false;
    fault.textContent = error.message;
  }
});
