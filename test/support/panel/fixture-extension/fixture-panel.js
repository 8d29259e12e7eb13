const byId = (id) => document.getElementById(id);
const say = (text) => {
  byId("result").textContent = text;
};
byId("greet").onclick = () => {
  say(`Hello ${byId("name").value}`);
  // What a driver has to wait for.
  setTimeout(() => {
    byId("later").disabled = false;
  }, 200);
};
byId("later").onclick = () => say("later");
byId("ask").onclick = () => chrome.devtools.inspectedWindow.eval("document.title", (title) => say(title));
byId("fail").onclick = () => {
  console.error("panel complains");
  setTimeout(() => {
    throw new Error("panel threw");
  });
};
addEventListener(
  "keydown",
  (event) => {
    byId("keys").textContent += `${event.ctrlKey ? "Control+" : ""}${event.key} `;
    // What goes on to bubble is forwarded to DevTools: Escape opens its drawer, Ctrl F its find bar.
    if (event.key === "Escape" || event.ctrlKey) {
      event.preventDefault();
      event.stopPropagation();
    }
  },
  true,
);
const dark = matchMedia("(prefers-color-scheme: dark)");
const showScheme = () => {
  byId("theme").textContent = dark.matches ? "dark" : "light";
};
dark.onchange = showScheme;
showScheme();
