/** A path that breaks between its steps, and inside of one only where it does not fit alone. */
export function PathWords({ path }: { path: string }) {
  return (
    <bdi>
      {path.split(STEPS).map((step, at) => (
        <>
          {at === 0 ? null : <wbr />}
          {step}
        </>
      ))}
    </bdi>
  );
}

/** After a dot, and on both sides of an element's bracket. */
const STEPS = /(?<=\.)|(?=\[)|(?<=\])(?!\.)/u;
