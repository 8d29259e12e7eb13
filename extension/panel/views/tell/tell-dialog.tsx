import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { tellWords } from "../../format/tell-words.ts";
import { usePanel } from "../../stores/panel.ts";
import type { MappingInfo } from "../../worker/api.ts";

/** Says what would be sent where, and begins only when a person agrees; where it is on, ends it. */
export function TellDialog() {
  const { bridge, tell, ui } = usePanel();
  const mapping = bridge.mapping.value;
  if (mapping === undefined) return null;
  const { id, observedTo: offered, tell: agreed } = mapping;
  const state = tell.state.value;
  const close = () => {
    ui.dialog.value = "none";
  };
  const set = (to: string | undefined) => {
    close();
    void tell.set(id, to === undefined ? undefined : { to });
  };
  return (
    <Dialog title="Tell writes" onClose={close}>
      <div class="keep-form" data-testid="tell-form">
        {state === undefined || agreed === undefined ? null : <p>{tellWords(state, agreed.to).long}</p>}
        <WhatIsTold mapping={mapping} />
        <div class="dialog-foot">
          {agreed === undefined ? null : (
            <Button testId="end-telling" onPress={() => set(undefined)}>
              End telling
            </Button>
          )}
          <span class="grow" />
          <Button onPress={close}>{agreed?.to === offered ? "Close" : "Cancel"}</Button>
          {offered === undefined || agreed?.to === offered ? null : (
            <Button look="primary" testId="begin-telling" onPress={() => set(offered)}>
              Tell writes
            </Button>
          )}
        </div>
      </div>
    </Dialog>
  );
}

function WhatIsTold({ mapping: { ref, observedTo, tell } }: { mapping: MappingInfo }) {
  const to = observedTo ?? tell?.to;
  return (
    <ul class="keep-what">
      <li>
        Each record of <b class="mono">{ref.store}</b> that this page writes is sent, whole, to <b>{to}</b>:
        also what nobody pushes, and what would be rejected. Whoever reads that topic sees it.
      </li>
      <li>
        Fields that the mapping leaves out are not sent. A deleted record is sent as its key alone, a record
        that cannot be sent as its key and the reason.
      </li>
      <li>
        Watches the page’s writes meanwhile; those of workers and other tabs are not seen. Where some may have
        been missed, as when the page is loaded again or the store is cleared, that is told, and what differs
        from what both sides last agreed on is sent as well.
      </li>
      <li>It ends when this panel closes, and begins again with it. Nothing is compared or pushed by it.</li>
    </ul>
  );
}
