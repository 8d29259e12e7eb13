import { useState } from "preact/hooks";
import type { Finding } from "../../../../core/protocol/frames.ts";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { count } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { ConnectionInfo } from "../../worker/api.ts";
import { DraftActions } from "../drafts/draft-actions.tsx";
import { FindingLine } from "./finding-line.tsx";

/** One connection of the bridge, as a term and its description; "Test" looks at it now. */
export function ConnectionFacts({ connection }: { connection: ConnectionInfo }) {
  const { name, backend, level, isDraft, collections, problem } = connection;
  const { bridge, drafts } = usePanel();
  const kept = isDraft ? drafts.known.value?.drafts.find(({ draft }) => draft.name === name) : undefined;
  const [findings, setFindings] = useState<readonly Finding[] | undefined>(undefined);
  const [testing, setTesting] = useState(false);

  const test = async () => {
    setTesting(true);
    setFindings(await bridge.check(name));
    setTesting(false);
  };

  return (
    <>
      <dt class="connection-name">
        <bdi>{name}</bdi>
      </dt>
      <dd>
        <div class="connection-head">
          <span class="grow">
            {backend}, {isDraft ? "draft, read-only" : level}
          </span>
          <Button
            label={`Test ${name}`}
            title={`Looks at what keeps ${name} from being used; writes nothing.`}
            {...(testing ? { blockedBy: "It is being tested." } : {})}
            onPress={() => void test()}
          >
            {testing ? <Icon name="spin" /> : null}
            Test
          </Button>
        </div>
        {findings === undefined && problem !== undefined ? (
          <FindingLine about="cannot be reached" is="wrong" said={problem} />
        ) : null}
        <div role="status" aria-label={`Test of ${name}`}>
          {findings?.map((finding) => (
            <FindingLine key={finding.about} {...finding} />
          ))}
        </div>
        {kept === undefined ? null : <DraftActions kept={kept} />}
        {collections.map((collection) => (
          <span class="block hint" key={collection.name}>
            <bdi class="mono">{collection.name}</bdi>
            {collection.rows === undefined ? "" : `: ${count(collection.rows)}`}
          </span>
        ))}
      </dd>
    </>
  );
}
