import { HistoryTable } from "../../components/history-table.tsx";
import { Glyph } from "../../components/icon.tsx";
import { clockSeconds, fullTime } from "../../format/numbers.ts";
import { causeWords, entryWords, tookWords } from "../../format/schedule-words.ts";
import { usePanel } from "../../stores/panel.ts";

/** Runs, and times that were missed or left out, the newest first. */
export function ScheduleHistory({ timeZone }: { timeZone: string }) {
  const { schedules } = usePanel();
  const entries = schedules.history.value;
  if (entries.length === 0) return null;
  return (
    <HistoryTable testId="schedule-history" columns={["When", "What came of it", "Took", "Why"]}>
      {entries.map((entry) => {
        const { label, glyph, tone, said } = entryWords(entry, timeZone);
        const isRun = entry.is === "run";
        return (
          <tr
            key={isRun ? entry.runId : `${entry.is}-${entry.at}`}
            data-testid="schedule-entry"
            data-state={isRun ? entry.state : entry.is}
          >
            <td title={fullTime(entry.at)}>{clockSeconds(entry.at)}</td>
            <td>
              <span class="entry-said">
                <Glyph name={glyph} tone={tone} />
                <span>
                  {label} <span class="muted">{said}</span>
                </span>
              </span>
            </td>
            <td>{isRun ? tookWords(entry) : ""}</td>
            <td>{isRun ? causeWords(entry) : ""}</td>
          </tr>
        );
      })}
    </HistoryTable>
  );
}
