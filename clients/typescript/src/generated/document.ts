// Generated from openapi/openapi.yaml by tools/generate.js. Do not edit.

/** Where a value holds numbers: it is one, each of its members does, or some do. A name stands for an entry of `shapes`. */
export type Shape = string | { readonly each: Shape } | { readonly members: Readonly<Record<string, Shape>> };

export const shapes: Readonly<Record<string, Shape>> = {
  "Metrics": {"each":"Float"},
  "Trial": {"members":{"values":{"each":"Float"},"last_values":"Metrics","metrics":{"each":"MetricSummary"},"constraints":{"each":"ConstraintResult"},"violation":"Float","decision":"Decision"}},
  "MetricSummary": {"members":{"last":"Float","min":"Float","max":"Float","mean":"Float","sum":"Float","p95":"Float"}},
  "ConstraintResult": {"members":{"observed":"Float","violation":"Float"}},
  "TrialList": {"members":{"trials":{"each":"Trial"}}},
  "BestTrials": {"members":{"trials":{"each":"Trial"}}},
  "Decision": {"members":{"explanation":"Explanation","saved_estimate":"Metrics","incumbent":"Float"}},
  "Explanation": {"members":{"observed":"Metrics","predicted":"Metrics","limit":"Float","margin":"Float","probability":"Float","children":{"each":"Explanation"}}},
  "DecisionRecord": {"members":{"explanation":"Explanation","saved_estimate":"Metrics","incumbent":"Float"}},
  "DecisionList": {"members":{"decisions":{"each":"DecisionRecord"}}},
  "TellResult": {"members":{"trial":"Trial"}},
  "MetricPoint": {"members":{"metrics":"Metrics"}},
  "ReportResult": {"members":{"decision":"Decision"}},
  "TellResults": {"members":{"results":{"each":"TellResult"}}},
  "MetricPage": {"members":{"points":{"each":"MetricPoint"}}},
  "ReportResults": {"members":{"results":{"each":"ReportResult"}}},
};

export const answers: Readonly<Record<string, Shape>> = {
  "POST /v1/studies/{study}/reports": "ReportResults",
  "POST /v1/studies/{study}/tells": "TellResults",
  "GET /v1/studies/{study}/best": "BestTrials",
  "GET /v1/studies/{study}/decisions": "DecisionList",
  "GET /v1/studies/{study}/trials": "TrialList",
  "POST /v1/studies/{study}/trials": "Trial",
  "GET /v1/studies/{study}/trials/{number}": "Trial",
  "PATCH /v1/studies/{study}/trials/{number}": "Trial",
  "POST /v1/studies/{study}/trials/{number}/report": "Decision",
  "POST /v1/studies/{study}/trials/{number}/tell": "Trial",
  "POST /v1/studies/{study}/trials/{number}/heartbeat": "Decision",
  "POST /v1/studies/{study}/trials/{number}/release": "Trial",
  "POST /v1/studies/{study}/trials/{number}/prune": "Decision",
  "GET /v1/studies/{study}/trials/{number}/decision": "Decision",
  "GET /v1/studies/{study}/trials/{number}/decisions": "DecisionList",
  "GET /v1/studies/{study}/trials/{number}/metrics": "MetricPage",
};

/** The operations that take an Idempotency-Key. */
export const keyed: ReadonlySet<string> = new Set([
  "POST /v1/studies",
  "POST /v1/studies/{study}/ask",
  "POST /v1/studies/{study}/transfer",
  "POST /v1/studies/{study}/trials"
]);

/** The version of the document, and of this package. */
export const version = "0.1.0";
