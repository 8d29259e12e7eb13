/**
 * The logo, the drift glyphs and the icons, drawn once and referred to by `<use>`.
 *
 * The logo is a split-image rangefinder: two halves out of register while the sides drift, meeting when they
 * agree. Tiles are 12 px, icons 16 px with a stroke of 1.25.
 */
export function Sprite() {
  return (
    <svg width="0" height="0" class="sprite" aria-hidden="true">
      <symbol id="logo" viewBox="0 0 16 16">
        <path d="M7.25 .75v11.5a5.75 5.75 0 0 1 0-11.5z" fill="var(--text)" />
        <path d="M8.75 3.75v11.5a5.75 5.75 0 0 0 0-11.5z" fill="var(--accent)" />
      </symbol>
      <symbol id="logo-sync" viewBox="0 0 16 16">
        <path d="M7.25 2.25v11.5a5.75 5.75 0 0 1 0-11.5z" fill="var(--text)" />
        <path d="M8.75 2.25v11.5a5.75 5.75 0 0 0 0-11.5z" fill="var(--accent)" />
      </symbol>
      <symbol id="g-add" viewBox="0 0 12 12">
        <rect width="12" height="12" rx="3" fill="currentColor" />
        <path
          d="M6 3.2v5.6M3.2 6h5.6"
          fill="none"
          stroke="var(--glyph-ink)"
          stroke-width="1.6"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </symbol>
      <symbol id="g-chg" viewBox="0 0 12 12">
        <rect width="12" height="12" rx="3" fill="currentColor" />
        <path
          d="M2.9 6.9c.9-1.7 2-1.9 3.1-.9s2.2.8 3.1-.9"
          fill="none"
          stroke="var(--glyph-ink)"
          stroke-width="1.6"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </symbol>
      <symbol id="g-rem" viewBox="0 0 12 12">
        <rect width="12" height="12" rx="3" fill="currentColor" />
        <path
          d="M3.2 6h5.6"
          fill="none"
          stroke="var(--glyph-ink)"
          stroke-width="1.6"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </symbol>
      <symbol id="g-none" viewBox="0 0 12 12">
        <circle cx="6" cy="6" r="1.6" fill="currentColor" />
      </symbol>
      <symbol id="g-same" viewBox="0 0 26 12">
        <rect
          x=".75"
          y=".75"
          width="24.5"
          height="10.5"
          rx="2.6"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
        />
        <path
          d="M10.2 4.6h5.6M10.2 7.4h5.6"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-linecap="round"
        />
      </symbol>
      <symbol id="g-diff" viewBox="0 0 26 12">
        <rect
          x=".75"
          y=".75"
          width="24.5"
          height="10.5"
          rx="2.6"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-dasharray="3 2"
        />
        <path
          d="M10.2 4.6h5.6M10.2 7.4h5.6M11.4 9.2l3.2-6.4"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-linecap="round"
        />
      </symbol>
      <symbol id="g-has" viewBox="0 0 12 12">
        <rect
          x=".75"
          y=".75"
          width="10.5"
          height="10.5"
          rx="2.6"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-dasharray="2.600 1.8"
        />
        <circle cx="6" cy="6" r="2.200" fill="currentColor" />
      </symbol>
      <symbol id="g-nil" viewBox="0 0 12 12">
        <rect
          x=".75"
          y=".75"
          width="10.5"
          height="10.5"
          rx="2.6"
          fill="none"
          stroke="currentColor"
          stroke-width="1.2"
          stroke-dasharray="2.600 1.8"
        />
      </symbol>
      <symbol id="g-bad" viewBox="0 0 12 12">
        <rect
          x=".75"
          y=".75"
          width="10.5"
          height="10.5"
          rx="2.6"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
        />
        <path
          d="M2.4 8.4 8.4 2.4M4.2 10 10 4.2"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-linecap="round"
        />
      </symbol>
      <symbol id="g-unk" viewBox="0 0 12 12">
        <circle
          cx="6"
          cy="6"
          r="5.200"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-dasharray="2.2 1.9"
        />
        <path
          d="M6 3.6v2.7l1.6 1"
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-linecap="round"
        />
      </symbol>
      <symbol id="g-ok" viewBox="0 0 12 12">
        <rect width="12" height="12" rx="3" fill="currentColor" />
        <path
          d="M3.2 6.3l2 2 3.6-4.3"
          fill="none"
          stroke="var(--glyph-ink)"
          stroke-width="1.6"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </symbol>
      <symbol id="g-conf" viewBox="0 0 12 12">
        <rect width="12" height="12" rx="3" fill="currentColor" />
        <path
          d="M6 2.9v3.7M6 8.9v.01"
          fill="none"
          stroke="var(--glyph-ink)"
          stroke-width="1.6"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </symbol>
      <symbol id="g-rej" viewBox="0 0 12 12">
        <rect width="12" height="12" rx="3" fill="currentColor" />
        <path
          d="M3.8 3.8l4.4 4.4M8.2 3.8l-4.4 4.4"
          fill="none"
          stroke="var(--glyph-ink)"
          stroke-width="1.6"
          stroke-linecap="round"
          stroke-linejoin="round"
        />
      </symbol>
      <symbol id="i-page" viewBox="0 0 16 16">
        <rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.75" />
        <path d="M1.75 6h12.5" />
        <circle cx="4" cy="4.4" r="0.7" fill="currentColor" stroke="none" />
        <circle cx="6" cy="4.4" r="0.7" fill="currentColor" stroke="none" />
      </symbol>
      <symbol id="i-remote" viewBox="0 0 16 16">
        <rect x="2.25" y="2.5" width="11.5" height="4.75" rx="1.25" />
        <rect x="2.25" y="8.75" width="11.5" height="4.75" rx="1.25" />
        <circle cx="4.9" cy="4.875" r="0.8" fill="currentColor" stroke="none" />
        <circle cx="4.9" cy="11.125" r="0.8" fill="currentColor" stroke="none" />
        <path d="M8 4.875h3" />
        <path d="M8 11.125h3" />
      </symbol>
      <symbol id="i-base" viewBox="0 0 16 16">
        <circle cx="8" cy="12" r="1.75" />
        <circle cx="3.75" cy="4" r="1.75" />
        <circle cx="12.25" cy="4" r="1.75" />
        <path d="M4.5 5.6 7.1 10.5" />
        <path d="M11.5 5.6 8.9 10.5" />
      </symbol>
      <symbol id="i-merge" viewBox="0 0 16 16">
        <circle cx="8" cy="12" r="1.75" fill="currentColor" />
        <path d="M3 2.75c0 3.5 1.2 5.5 5 7.5" />
        <path d="M13 2.75c0 3.5-1.2 5.5-5 7.5" />
      </symbol>
      <symbol id="i-frame" viewBox="0 0 16 16">
        <rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.75" />
        <rect x="5" y="6" width="6" height="4" rx=".5" />
      </symbol>
      <symbol id="i-bucket" viewBox="0 0 16 16">
        <path d="M3.2 5h9.6l-.9 7.2a1.5 1.5 0 0 1-1.5 1.3H5.6a1.5 1.5 0 0 1-1.5-1.3z" />
        <path d="M2.25 5h11.5" />
      </symbol>
      <symbol id="i-db" viewBox="0 0 16 16">
        <ellipse cx="8" cy="3.9" rx="5.25" ry="2.1" />
        <path d="M2.75 3.9v8.2c0 1.16 2.35 2.1 5.25 2.1s5.25-.94 5.25-2.1V3.9" />
        <path d="M2.75 8c0 1.16 2.35 2.1 5.25 2.1s5.25-.94 5.25-2.1" />
      </symbol>
      <symbol id="i-store" viewBox="0 0 16 16">
        <rect x="2.25" y="2.75" width="11.5" height="10.5" rx="1.5" />
        <path d="M2.25 6.25h11.5" />
        <path d="M6.25 6.25v7" />
      </symbol>
      <symbol id="i-index" viewBox="0 0 16 16">
        <path d="M5.5 3.5h8" />
        <path d="M5.5 8h6" />
        <path d="M5.5 12.5h4" />
        <circle cx="2.75" cy="3.5" r="0.9" fill="currentColor" stroke="none" />
        <circle cx="2.75" cy="8" r="0.9" fill="currentColor" stroke="none" />
        <circle cx="2.75" cy="12.5" r="0.9" fill="currentColor" stroke="none" />
      </symbol>
      <symbol id="i-key" viewBox="0 0 16 16">
        <circle cx="5" cy="11" r="2.75" />
        <path d="M7 9l6-6" />
        <path d="M10.75 5.25l2 2" />
      </symbol>
      <symbol id="i-search" viewBox="0 0 16 16">
        <circle cx="7" cy="7" r="4.25" />
        <path d="M10.25 10.25l3.25 3.25" />
      </symbol>
      <symbol id="i-filter" viewBox="0 0 16 16">
        <path d="M2.5 4.25h11" />
        <path d="M4.75 8h6.5" />
        <path d="M6.75 11.75h2.5" />
      </symbol>
      <symbol id="i-right" viewBox="0 0 16 16">
        <path d="M6 3.75 10.25 8 6 12.25" />
      </symbol>
      <symbol id="i-down" viewBox="0 0 16 16">
        <path d="M3.75 6 8 10.25 12.25 6" />
      </symbol>
      <symbol id="i-left" viewBox="0 0 16 16">
        <path d="M10 3.75 5.75 8 10 12.25" />
      </symbol>
      <symbol id="i-up" viewBox="0 0 16 16">
        <path d="M3.75 10 8 5.75 12.25 10" />
      </symbol>
      <symbol id="i-check" viewBox="0 0 16 16">
        <path d="M3.25 8.5l3.25 3.25 6.25-7.25" />
      </symbol>
      <symbol id="i-x" viewBox="0 0 16 16">
        <path d="M4 4l8 8" />
        <path d="M12 4l-8 8" />
      </symbol>
      <symbol id="i-warn" viewBox="0 0 16 16">
        <path d="M8 2.25 14.25 13.25H1.75z" />
        <path d="M8 6.5v3.25" />
        <circle cx="8" cy="11.5" r="0.8" fill="currentColor" stroke="none" />
      </symbol>
      <symbol id="i-err" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6" />
        <path d="M5.9 5.9l4.2 4.2" />
        <path d="M10.1 5.9 5.9 10.1" />
      </symbol>
      <symbol id="i-info" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6" />
        <path d="M8 7.5v3.5" />
        <circle cx="8" cy="5.2" r="0.8" fill="currentColor" stroke="none" />
      </symbol>
      <symbol id="i-clock" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6" />
        <path d="M8 4.75V8l2.25 1.5" />
      </symbol>
      <symbol id="i-unknown" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6" stroke-dasharray="2.7 2" />
        <path d="M8 4.75V8l2.25 1.5" />
      </symbol>
      <symbol id="i-spin" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6" stroke-opacity=".25" />
        <path d="M8 2a6 6 0 0 1 6 6" />
      </symbol>
      <symbol id="i-unplug" viewBox="0 0 16 16">
        <path d="M6 2.5v3" />
        <path d="M10 2.5v3" />
        <path d="M4.25 5.5h7.5v2a3.75 3.75 0 0 1-7.5 0z" />
        <path d="M8 11.25V14" />
        <path d="M2.5 13.5l11-11" />
      </symbol>
      <symbol id="i-link" viewBox="0 0 16 16">
        <path d="M6.5 9.5l3-3" />
        <path d="M7.25 4.75l1.5-1.5a2.83 2.83 0 0 1 4 4l-1.5 1.5" />
        <path d="M8.75 11.25l-1.5 1.5a2.83 2.83 0 0 1-4-4l1.5-1.5" />
      </symbol>
      <symbol id="i-copy" viewBox="0 0 16 16">
        <rect x="5.25" y="5.25" width="8" height="8" rx="1.25" />
        <path d="M10.75 5.25v-1.25a1.25 1.25 0 0 0-1.25-1.25H4A1.25 1.25 0 0 0 2.75 4v5.5A1.25 1.25 0 0 0 4 10.75h1.25" />
      </symbol>
      <symbol id="i-edit" viewBox="0 0 16 16">
        <path d="M10.75 3l2.25 2.25-7.5 7.5-2.75.5.5-2.75z" />
        <path d="M9.25 4.5l2.25 2.25" />
      </symbol>
      <symbol id="i-pause" viewBox="0 0 16 16">
        <path d="M6 3.75v8.5" />
        <path d="M10 3.75v8.5" />
      </symbol>
      <symbol id="i-help" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6" />
        <path d="M6.25 6.5a1.75 1.75 0 1 1 2.5 1.6c-.5.25-.75.6-.75 1.15" />
        <circle cx="8" cy="11.2" r="0.8" fill="currentColor" stroke="none" />
      </symbol>
      <symbol id="i-refresh" viewBox="0 0 16 16">
        <path d="M13 8a5 5 0 1 1-1.5-3.55" />
        <path d="M13 2.5v2.75h-2.75" />
      </symbol>
      <symbol id="i-lock" viewBox="0 0 16 16">
        <rect x="3.25" y="7" width="9.5" height="6.5" rx="1.25" />
        <path d="M5.25 7V5.25a2.75 2.75 0 0 1 5.5 0V7" />
      </symbol>
      <symbol id="i-undo" viewBox="0 0 16 16">
        <path d="M5.5 3.25 2.75 6 5.5 8.75" />
        <path d="M2.75 6H9.5a3.5 3.5 0 0 1 0 7H6.5" />
      </symbol>
      <symbol id="i-push" viewBox="0 0 16 16">
        <path d="M2 8h8.25" />
        <path d="M7.25 5l3 3-3 3" />
        <path d="M13.5 3v10" />
      </symbol>
      <symbol id="i-pull" viewBox="0 0 16 16">
        <path d="M14 8H5.75" />
        <path d="M8.75 5l-3 3 3 3" />
        <path d="M2.5 3v10" />
      </symbol>
      <symbol id="i-both" viewBox="0 0 16 16">
        <path d="M2 5.5h10" />
        <path d="M9.25 2.75 12 5.5 9.25 8.25" />
        <path d="M14 10.5H4" />
        <path d="M6.75 7.75 4 10.5l2.75 2.75" />
      </symbol>
      <symbol id="i-swap" viewBox="0 0 16 16">
        <path d="M2.25 8h11.5" />
        <path d="M5 5.25 2.25 8 5 10.75" />
        <path d="M11 5.25 13.75 8 11 10.75" />
      </symbol>
      <symbol id="i-skip" viewBox="0 0 16 16">
        <circle cx="8" cy="8" r="6" />
        <path d="M5 8h6" />
      </symbol>
      <symbol id="i-time" viewBox="0 0 16 16">
        <path d="M2.5 8a5.5 5.5 0 1 0 1.6-3.9L2.5 5.75" />
        <path d="M2.5 2.75v3h3" />
        <path d="M8 5.25V8l2 1.25" />
      </symbol>
      <symbol id="i-settings" viewBox="0 0 16 16">
        <path d="M2 4.75h5.25M11.25 4.75H14M2 11.25h2.75M8.75 11.25H14" />
        <circle cx="9.25" cy="4.75" r="1.900" />
        <circle cx="6.75" cy="11.25" r="1.900" />
      </symbol>
      <symbol id="i-photo" viewBox="0 0 16 16">
        <rect x="2.25" y="2.75" width="11.5" height="10.5" rx="1.5" />
        <circle cx="5.75" cy="6.25" r="1.100" />
        <path d="M2.5 11.75 6.5 8.75l2.25 1.75 2.25-2 2.5 2.25" />
      </symbol>
    </svg>
  );
}
