import type { ConnectionDraft, DraftsResult, KeptDraft } from "../../../../core/protocol/connection-draft.ts";
import type { Finding } from "../../../../core/protocol/frames.ts";
import type { ConnectionInfo } from "../../../../extension/panel/worker/api.ts";

/** What a bridge would allow, or that it allows none. */
export function inventedDrafts(are: "allowed" | "off"): DraftsResult {
  if (are === "off") return { drafts: [] };
  return {
    rules: {
      hosts: ["localhost:8080"],
      secrets: [
        { name: "staging-password", hosts: ["cassandra.staging:9042"], overTls: false },
        { name: "gateway-password", hosts: ["gateway.example:8443"], overTls: true },
      ],
    },
    drafts: [],
  };
}

export const keptDraft = (draft: ConnectionDraft): KeptDraft => ({
  draft,
  configuration: JSON.stringify({ connections: { [draft.name]: { ...draft, level: "read-only" } } }, null, 2),
});

export const draftedConnection = ({ draft: { name, backend } }: KeptDraft): ConnectionInfo => ({
  name,
  backend,
  level: "read-only",
  isDraft: true,
  collections: [{ name: "field.visits", rows: 12_480 }],
  policies: [],
});

export const inventedFindings = (backend: ConnectionDraft["backend"]): readonly Finding[] => [
  { about: "server", is: "right", said: backend === "cassandra" ? "Cassandra 5.0.9" : "HBase 2.6.6" },
  {
    about: "clock",
    is: "doubtful",
    said: "the server's is 9 s ahead of this machine's. Driftscope decides nothing by it, but writers who send a time of their own do: set the clocks",
  },
  {
    about: "table driftscope_collections",
    is: "wrong",
    said: "is not there yet: `driftscope init CONNECTION` shows it and makes it",
  },
];
