import { Dialog } from "../../components/dialog.tsx";
import { usePanel } from "../../stores/panel.ts";
import { SHORTCUTS } from "./shortcuts.ts";

export function ShortcutsDialog() {
  const { ui } = usePanel();
  return (
    <Dialog
      title="Keyboard shortcuts"
      onClose={() => {
        ui.dialog.value = "none";
      }}
    >
      <div class="shortcuts">
        {SHORTCUTS.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(({ keys, does }) => (
                <div key={does}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
