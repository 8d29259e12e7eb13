import { usePanel } from "../../stores/panel.ts";
import { FindingLine } from "../shell/finding-line.tsx";
import { DraftActions } from "./draft-actions.tsx";

/** Drafts that the bridge keeps and does not serve, as terms and their descriptions: the config file has changed since. */
export function UnservedDrafts() {
  const { drafts } = usePanel();
  const unserved = (drafts.known.value?.drafts ?? []).filter(({ problem }) => problem !== undefined);
  return (
    <>
      {unserved.map((kept) => (
        <div class="unserved-draft" key={kept.draft.name}>
          <dt class="connection-name">
            <bdi>{kept.draft.name}</bdi>
          </dt>
          <dd>
            <span class="block">{kept.draft.backend}, draft, not served</span>
            <FindingLine about="draft" is="wrong" said={kept.problem ?? ""} />
            <DraftActions kept={kept} />
          </dd>
        </div>
      ))}
    </>
  );
}
