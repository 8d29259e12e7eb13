import { useEffect, useState } from "preact/hooks";
import type { ScheduleInfo, TimesPreview } from "../../../../core/protocol/schedule-frames.ts";
import { Button } from "../../components/button.tsx";
import { timeIn } from "../../format/schedule-words.ts";
import { usePanel } from "../../stores/panel.ts";

/** How long nobody types before it is looked at, in milliseconds. */
const PAUSE_MS = 150;

/** Other times for a schedule: what they mean is shown before they are set. */
export function TimesForm({ schedule, onDone }: { schedule: ScheduleInfo; onDone: () => void }) {
  const { schedules } = usePanel();
  const [cron, setCron] = useState(schedule.times.cron);
  const [timeZone, setTimeZone] = useState(schedule.times.timeZone);
  const [preview, setPreview] = useState<TimesPreview | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);

  useEffect(() => {
    let isOld = false;
    setPreview(undefined);
    const timer = setTimeout(async () => {
      const found = await schedules.preview({ cron, timeZone });
      if (isOld) return;
      setPreview(found.is === "right" ? found.preview : undefined);
      setProblem(found.is === "right" ? undefined : found.message);
    }, PAUSE_MS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [schedules, cron, timeZone]);

  async function save(): Promise<void> {
    if (preview !== undefined && (await schedules.setTimes(schedule.name, { cron, timeZone }))) onDone();
  }

  return (
    <form
      class="job-form"
      data-testid="times-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field
        id="times-cron"
        label="Cron expression"
        text={cron}
        isWrong={problem !== undefined}
        onText={setCron}
      />
      <Field id="times-zone" label="Time zone" text={timeZone} isWrong={false} onText={setTimeZone} />
      <p
        class="hint"
        role="status"
        data-testid="times-preview"
        data-state={preview === undefined ? "none" : "right"}
      >
        {preview === undefined
          ? (problem ?? "Looking at it.")
          : `${preview.words}. Next: ${preview.next.map((time) => timeIn(timeZone, time)).join("; ")}`}
      </p>
      <div class="row">
        <Button
          look="primary"
          testId="save-times"
          blockedBy={preview === undefined ? (problem ?? "Looking at it") : undefined}
          onPress={() => void save()}
        >
          Set these times
        </Button>
        <Button onPress={onDone}>Cancel</Button>
      </div>
    </form>
  );
}

function Field(props: {
  id: string;
  label: string;
  text: string;
  isWrong: boolean;
  onText: (text: string) => void;
}) {
  const { id, label, text, isWrong, onText } = props;
  return (
    <div class="limit">
      <label for={id}>{label}</label>
      <span class={`field${isWrong ? " bad" : ""}`}>
        <input
          id={id}
          data-testid={id}
          autocomplete="off"
          spellcheck={false}
          aria-invalid={isWrong ? "true" : undefined}
          value={text}
          onInput={(event) => onText(event.currentTarget.value.trim())}
        />
      </span>
    </div>
  );
}
