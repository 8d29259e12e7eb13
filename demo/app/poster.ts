const WIDTH = 120;
const HEIGHT = 180;

/** A plain poster as SVG: the title's letters choose its colour. */
export function drawPoster(title: string, year: number): Blob {
  const hue = [...title].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 360;
  const words = title.split(" ").map((word) => escapeMarkup(word));
  const lines = words.map((word, line) => `<tspan x="12" dy="${line === 0 ? 0 : 18}">${word}</tspan>`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">
  <rect width="${WIDTH}" height="${HEIGHT}" fill="hsl(${hue} 45% 28%)"/>
  <text y="36" fill="#fff" font-family="Georgia, serif" font-size="15">${lines.join("")}</text>
  <text x="12" y="${HEIGHT - 14}" fill="hsl(${hue} 60% 82%)" font-family="Georgia, serif" font-size="13">${year}</text>
</svg>`;
  return new Blob([svg], { type: "image/svg+xml" });
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
