/** What a thread of a module says; what it is asked is each kind's own. */
export type FromModule<Answer> =
  | { readonly is: "ready" }
  | { readonly is: "unusable"; readonly reason: string }
  | { readonly is: "answer"; readonly answer: Answer };
