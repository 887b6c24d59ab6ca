// Orders to a ramp: the dangerous ones say what they do, and ask once more.
import { api } from "./api.js";

const root = document.querySelector("[data-orders]");
const fault = root?.querySelector("[data-fault]");

for (const button of root?.querySelectorAll("[data-order]") ?? []) {
  button.addEventListener("click", async () => {
    if (button.classList.contains("danger") && !button.dataset.armed) {
      button.dataset.armed = "yes";
      button.textContent = button.dataset.sure;
      return;
    }
    const because = encodeURIComponent(root.querySelector("[data-because]").value);
    const force = root.querySelector("[data-force]").checked;
    try {
      await api(`${root.dataset.orders}/${button.dataset.order}?because=${because}&force=${force}`, { method: "POST" });
      location.reload();
    } catch (error) {
      fault.hidden = false;
      fault.textContent = error.message;
    }
  });
}
