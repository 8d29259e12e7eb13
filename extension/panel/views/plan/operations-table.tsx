import type { ComponentChildren } from "preact";
import { Door } from "../../components/button.tsx";
import { count } from "../../format/numbers.ts";
import type { PlanSummary } from "../../worker/api.ts";

export interface OperationsLine {
  readonly key: string;
  readonly lead: ComponentChildren;
  readonly remote: number;
  readonly local: number;
  /** "created", "deleted": for the doors' names. */
  readonly verb: string;
  readonly onOpen: (side: "local" | "remote") => void;
  readonly cell?: (side: "local" | "remote", n: number) => Record<string, string | number>;
}

/** Two columns, remote and local, as the bytes would travel; every number opens its rows. */
export function OperationsTable(props: {
  plan: PlanSummary;
  caption: string;
  leadHead: string;
  lines: readonly OperationsLine[];
}) {
  const { plan, lines } = props;
  const sum = (side: "local" | "remote") => lines.reduce((total, line) => total + line[side], 0);
  return (
    <table class="ops">
      <caption class="sr">{props.caption}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="sr">{props.leadHead}</span>
          </th>
          <th scope="col">
            To remote →
            <small title={`${plan.connection} · ${plan.remoteName}`}>
              <bdi>{plan.remoteName}</bdi>
            </small>
          </th>
          <th scope="col">
            ← To local
            <small title={`${plan.localName} in this page`}>
              <bdi>{plan.localName}</bdi>, this page
            </small>
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.key}>
            <th scope="row">
              <span class="lead">{line.lead}</span>
            </th>
            {(["remote", "local"] as const).map((side) => (
              <td key={side} {...line.cell?.(side, line[side])}>
                {line[side] === 0 ? (
                  "0"
                ) : (
                  <Door
                    label={`${count(line[side])} ${line.verb} ${side === "remote" ? "on the remote" : "here"}: show them`}
                    onPress={() => line.onOpen(side)}
                  >
                    {count(line[side])}
                  </Door>
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">Total</th>
          <td>{count(sum("remote"))}</td>
          <td>{count(sum("local"))}</td>
        </tr>
      </tfoot>
    </table>
  );
}
