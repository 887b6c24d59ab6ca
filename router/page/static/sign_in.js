// A link that `fungible open` made signs in by itself: its word stands after the #, which no server log holds.
const word = location.hash.slice(1);
if (word) {
  history.replaceState(null, "", location.pathname + location.search);
  const form = document.querySelector("[data-door]");
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "link";
  field.value = word;
  form.append(field);
  form.elements.key.required = false;
  form.submit();
} else {
  returnToWhereOneWas();
}

// A link from elsewhere comes without the cookie, which goes to nobody but this server; asked from here, it does.
async function returnToWhereOneWas() {
  const next = new URLSearchParams(location.search).get("next");
  if (!next?.startsWith("/") || next.startsWith("//")) return;
  const answer = await fetch(next, { redirect: "manual", headers: { accept: "text/html" } });
  if (answer.ok) location.replace(next);
}
