// A region is written in several ways; what was taken back is no visit.
export default ({ region, amount, at }) =>
  amount < 0 ? undefined : { region: region.trim().toLowerCase(), amount, at };
