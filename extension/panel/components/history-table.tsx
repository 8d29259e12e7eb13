import type { ComponentChildren } from "preact";

/** What came of something before, the newest first. */
export function HistoryTable(props: {
  testId: string;
  columns: readonly string[];
  /** Its rows. */
  children: ComponentChildren;
}) {
  return (
    <section class="run-list" aria-label="History">
      <h3>History</h3>
      <table data-testid={props.testId}>
        <thead>
          <tr>
            {props.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </section>
  );
}
