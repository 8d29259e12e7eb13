import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { Glyph } from "../../components/icon.tsx";
import { InlineValue } from "../../components/value/inline-value.tsx";
import { keyText } from "../../format/key-text.ts";
import { count } from "../../format/numbers.ts";
import type { MappingPreview, PreviewRow } from "../../worker/api.ts";

/** The first records both ways: what each becomes, or why it cannot. */
export function PreviewTables({ preview }: { preview: MappingPreview }) {
  return (
    <div class="map-previews" data-testid="mapping-preview">
      <PreviewTable
        title="Here → there"
        empty="The store is empty"
        rows={preview.local}
        testId="preview-local"
      />
      <PreviewTable
        title="There → here"
        empty="No row is in the scope"
        rows={preview.remote}
        testId="preview-remote"
      />
    </div>
  );
}

function PreviewTable(props: { title: string; empty: string; rows: readonly PreviewRow[]; testId: string }) {
  const refused = props.rows.filter(({ reason }) => reason !== undefined).length;
  return (
    <section class="map-preview" data-testid={props.testId} data-refused={refused}>
      <h2>
        {props.title}{" "}
        <span class="hint">
          {props.rows.length === 0
            ? props.empty
            : refused === 0
              ? `the first ${count(props.rows.length)}, all exact`
              : `${count(refused)} of the first ${count(props.rows.length)} not representable`}
        </span>
      </h2>
      {props.rows.length === 0 ? null : (
        <div class="map-scroll" tabIndex={0} role="group" aria-label={`Preview ${props.title}`}>
          <table class="map-table preview">
            <tbody>
              {props.rows.map((row, at) => (
                <tr key={at} class={row.reason === undefined ? undefined : "refused"}>
                  <th scope="row" class="mono">
                    <bdi>{keyText(row.key).text}</bdi>
                  </th>
                  <td class="mono trunc">
                    <Becomes row={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Becomes({ row }: { row: PreviewRow }) {
  if (row.reason !== undefined) {
    return (
      <span class="map-reason" title={row.reason}>
        <Glyph name="bad" tone="off" />
        {row.reason}
      </span>
    );
  }
  if (row.cells !== undefined) {
    const text = row.cells.map(({ column, text: cell }) => `${column} ${cell}`).join(" · ");
    return <bdi title={text}>{text}</bdi>;
  }
  if (row.body === undefined) return null;
  return <InlineValue value={decodeValue(row.body)} options={{ quoteStrings: true }} />;
}
