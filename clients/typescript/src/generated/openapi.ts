// Generated from openapi/openapi.yaml by tools/generate.js. Do not edit.

export interface paths {
    "/v1/studies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List studies */
        get: operations["listStudies"];
        put?: never;
        /**
         * Create a study
         * @description 201 when it was made. With `load_if_exists` an existing study of that name is returned as it is, with 200;
         *     otherwise an existing name is 409 `study_exists`. What can never work (a sampler that does not take the search space, `low` above `high`)
         *     is 400 with a pointer; what is only doubtful (a warm-up that is never over, a metric nobody declared) comes back in `warnings`.
         */
        post: operations["createStudy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        /** Get a study */
        get: operations["getStudy"];
        put?: never;
        post?: never;
        /** Delete a study and its trials */
        delete: operations["deleteStudy"];
        options?: never;
        head?: never;
        /**
         * Change a study (JSON Merge Patch)
         * @description RFC 7396 - a member set to null is removed. One deviation: `sampler` and `pruner` are replaced whole, not merged, since their members
         *     depend on `type`; `constraints`, an array, are replaced whole too, and the feasibility of every trial is worked out anew.
         *     Only `name`, `objectives`, `search_space` and `seed` cannot change. A new pruner counts up `pruner_version`.
         *     The body may also be sent as `application/json`.
         */
        patch: operations["updateStudy"];
        trace?: never;
    };
    "/v1/studies/{study}/stop": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Stop a study
         * @description Later asks return no trials and `stop` true; running trials may still report and tell. Stopping a stopped study changes nothing.
         */
        post: operations["stopStudy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume a stopped study */
        post: operations["resumeStudy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/ask": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for one or more trials
         * @description Enqueued (WAITING) trials are handed out first, oldest first; then new ones are sampled. With `params`, all trials of the ask get these, and those
         *     that wait and cannot are left waiting.
         *     The trials are RUNNING when this returns, and each is the worker's until its `lease_expires`. Fewer than `count` come back when the
         *     study's budget is used up, it is stopped, or its search space is exhausted: then `stop` is true and the worker can end.
         *     An answer without trials that is no stop carries `retry_after`: ask again then.
         *     The body may be left out: one trial of the study's search space.
         */
        post: operations["askTrials"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take over what another study learnt
         * @description `history` adds the trials of the other study that ended, with all they reported, as history of this one: the objectives must be the same, the
         *     constraints are applied anew, and nothing counts as spent. `best` enqueues the params of its best trials, the best first; those that do not fit
         *     are sampled. Params that are not in this study's search space are left out; a trial with none that is, or in a history with a value
         *     outside it, is skipped. The trials say in `sampling_reason` where they are from. A transfer of a large history is not one write: a failure on the
         *     way leaves a part, and a history sent twice is there twice.
         */
        post: operations["transferStudy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/reports": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report for many steps or many trials at once
         * @description Each report stands alone; one that fails carries its own problem and does not undo the others.
         */
        post: operations["reportBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/tells": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell the results of many trials at once
         * @description Each tell stands alone, as in a batch of reports.
         */
        post: operations["tellBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/best": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        /**
         * The best trial, or the Pareto front
         * @description Feasible trials first. While none is feasible, the least violating one, with `feasible` false.
         */
        get: operations["getBestTrials"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/importances": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        /**
         * Which parameters a metric depends on
         * @description Of an objective, or of whatever the COMPLETE trials reported, such as `system/cpu_seconds` for what they cost; of the latter less is better.
         *     `ped_anova` asks what tells the best trials from the others (Watanabe et al. 2023), `fanova` what the values vary with (Hutter et al. 2014).
         */
        get: operations["getImportances"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/savings": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        /**
         * What pruning saved, and what it risked
         * @description Used is measured, saved is an estimate with an interval: for each pruned trial the steps left, at its own cost per step, corrected by what the same
         *     estimate would have missed in COMPLETE trials. False prunes are counted on trials that went on although a rule fired: those of the holdout, and
         *     those of times in which every prediction was in shadow mode. Without any, the rate is left out: unknown, not zero.
         */
        get: operations["getSavings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        /**
         * The log of decisions of all trials, with outcomes
         * @description Every decision in which a rule fired - enforced, spared or shadow - by trial. One that was not enforced gets an `outcome` once its trial has ended.
         */
        get: operations["listStudyDecisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What other pruners would have saved and lost, over the recorded curves
         * @description Changes nothing. The rules are those of a running study. What the recording cannot answer is said: trials that were cut short when they were recorded
         *     get bounds, and a study whose sampler learnt from its trials is replayed in its recorded order only. A server runs one replay at a time, and refuses
         *     one of more than 5,000,000 trials in all (pruners x orders x trials); `espalier replay FILE` has no limit.
         */
        post: operations["replayStudy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/export": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        /** Every trial, metric point or decision, as CSV or JSON lines; or the whole study */
        get: operations["exportStudy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/events": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        /**
         * Server-sent events of a study
         * @description `event:` is the event's `type`, `id:` its revision, `data:` one JSON `Event`: what changed, not how; read the trial or the study for more.
         *     Events are coalesced: several changes of one trial may come as one. A comment line is sent at once, with the `id:` it begins after, and one every 15 s.
         *     Reconnect with `Last-Event-ID`; a revision that is too old is 410 `cursor_expired`: read all anew.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        /** List trials */
        get: operations["listTrials"];
        put?: never;
        /**
         * Enqueue a trial, or add a finished one
         * @description Without `state` (or WAITING) the given `params` are enqueued and handed out by the next ask (Optuna's `enqueue_trial`).
         *     With a finished `state` the trial is added as history, with its `reports` if there are any (Optuna's `add_trial`);
         *     `distributions` defaults to the study's search space. What an enqueued trial leaves out is sampled when it is handed out; a value out of range is 400.
         *     201 when it was made; with `skip_if_exists`, 200 and the trial that has the same params already.
         */
        post: operations["createTrial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        /** Get a trial */
        get: operations["getTrial"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change a trial's user attrs (JSON Merge Patch)
         * @description RFC 7396 - an attr set to null is removed. The body may also be sent as `application/json`.
         */
        patch: operations["updateTrial"];
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/suggest": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Suggest further parameters for a running trial (define-by-run)
         * @description A name suggested before keeps its value; the same name with another distribution is 409 `distribution_conflict`, or drawn anew with `replace`.
         *     Who guesses what a trial will need asks for it all at once, and tells which `unused_params` it did not need.
         */
        post: operations["suggestParams"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/report": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report metrics; get the prune decision
         * @description One round trip: what is measured goes up, `should_prune` comes back, and the trial's lease is renewed.
         *     With `step` it is a point of the learning curve, keyed by (trial, `source`, `step`); without, a sample in time, keyed by
         *     (trial, `source`, `seq`). A key sent before keeps its first values, and its stored decision comes back with `ignored` true.
         *     A report with neither `step` nor `seq` is stored at least once: sent again, it may be stored twice.
         *     Reporters with a `source` each (a script and an agent, say) can report the same trial side by side.
         *     `value` in a study of several objectives is 422 `values_mismatch`.
         */
        post: operations["reportTrial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/tell": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell a trial's result
         * @description `value` (or `values`, an array or a map by metric) makes it COMPLETE. Without either, each objective takes the aggregate of its reported metric (the declared one, `last` by default);
         *     an objective never reported is 422 `values_mismatch`, and so is a value that is not finite: tell it as FAIL.
         *     `metrics` are final metrics that were never reported: a latency, a model size.
         *     PRUNED and FAIL take no value: such a trial has no `values` and keeps `last_values`; an intermediate value never becomes a final one.
         *     Telling the same again returns the trial; telling something else is 409 `trial_finished`. The body may be left out.
         */
        post: operations["tellTrial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/heartbeat": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Renew a running trial's lease; get the current decision */
        post: operations["heartbeatTrial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/release": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a running trial back
         * @description For a worker that is preempted. The trial is WAITING again, with the same params, and the next ask hands it out.
         */
        post: operations["releaseTrial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/prune": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask a running trial to stop (an operator's prune)
         * @description The worker learns of it from its next report, heartbeat or decision; the trial is PRUNED when the worker tells so.
         */
        post: operations["pruneTrial"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/decision": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        /**
         * The current decision with its explanation, if wished once it changes (long poll)
         * @description With `explain` the verdict is explained as of a report of the past, whatever became of the trial: what was known then is read again, with the pruner
         *     that was in force then. It answers "why was it not pruned?".
         */
        get: operations["getDecision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/decisions": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        /**
         * A trial's log of decisions
         * @description Every decision in which a rule fired - enforced, spared or shadow. A quiet decision is not logged; `GET .../decision` explains the current one.
         */
        get: operations["listDecisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/studies/{study}/trials/{number}/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        /** A trial's reported metrics */
        get: operations["listMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/samplers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The samplers, with their options and defaults */
        get: operations["listSamplers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pruners": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The pruners and operators, with their options and defaults */
        get: operations["listPruners"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a study from an archive
         * @description The body is what `GET /v1/studies/{study}/export?table=all` gave, streamed, without a limit on its size. All of it is taken, or nothing.
         */
        post: operations["importStudy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A consistent copy of the database, taken live */
        get: operations["backup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process is alive */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The process can serve (its storage answers) */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Server and API version */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Unique name; part of the path. */
        StudyName: string;
        /**
         * @description Name of a metric, its unit included; the prefix `system/` marks what is measured of the machine or the process.
         * @example val_loss
         * @example latency_p95_seconds
         * @example system/cpu_seconds
         * @example system/gpu0/rss_bytes
         */
        MetricName: string;
        /**
         * @description Which way is better.
         * @enum {string}
         */
        Direction: "minimize" | "maximize";
        /**
         * @description How the values of a metric become one.
         * @enum {string}
         */
        Aggregate: "last" | "min" | "max" | "mean" | "sum" | "p95";
        /**
         * @description Whether asks hand out trials.
         * @enum {string}
         */
        StudyState: "ACTIVE" | "STOPPED";
        /**
         * @description Optuna's trial states.
         * @enum {string}
         */
        TrialState: "RUNNING" | "WAITING" | "COMPLETE" | "PRUNED" | "FAIL";
        /**
         * @description What one rule says; `unknown` is not enough data.
         * @enum {string}
         */
        Verdict: "fire" | "pass" | "unknown";
        /** @description A JSON number or one of the strings NaN, Infinity, -Infinity. */
        Float: number;
        /** @description A parameter's value - a number, or a categorical choice. */
        ParamValue: string | number | boolean | null;
        /** @description Parameter values by name. A conditional parameter whose condition does not hold is absent. */
        Params: {
            [key: string]: components["schemas"]["ParamValue"];
        };
        /** @description Any JSON by name. */
        UserAttrs: {
            [key: string]: unknown;
        };
        /** @description Floats by metric name (`MetricName`); model, application and `system/` metrics in one flat map. */
        Metrics: {
            [key: string]: components["schemas"]["Float"];
        };
        /**
         * @description Who reports; steps and seqs are keyed within it. Left out, it is a source of its own.
         * @example agent
         */
        ReportSource: string;
        /** @description Objective values - an array in the order of the study's objectives, or a map by metric. Answers always have the array. */
        Values: components["schemas"]["ValueList"] | components["schemas"]["ValueMap"];
        ValueList: components["schemas"]["Float"][];
        ValueMap: {
            [key: string]: components["schemas"]["Float"];
        };
        /** @description What is optimised. */
        Objective: {
            metric: components["schemas"]["MetricName"];
            direction: components["schemas"]["Direction"];
        };
        Objectives: components["schemas"]["Objective"][];
        /** @description What is known of a metric beforehand; a metric need not be declared to be reported. */
        MetricDeclaration: {
            /**
             * @description By default `system` for names with the prefix `system/`, else `model`.
             * @enum {string}
             */
            kind?: "model" | "system" | "application";
            /**
             * @description For display; the base unit the name ends in.
             * @example seconds
             * @example bytes
             * @example joules
             */
            unit?: string;
            /** @description `last` by default. `sum` also says that each report carries an increment. */
            aggregate?: components["schemas"]["Aggregate"];
        };
        /** @description Declarations by metric name. */
        MetricDeclarations: {
            [key: string]: components["schemas"]["MetricDeclaration"];
        };
        /** @description A bound on a metric's aggregate, evaluated by the server from the reports. */
        Constraint: {
            metric: components["schemas"]["MetricName"];
            /** @enum {string} */
            op: "<=" | ">=";
            /** Format: double */
            bound: number;
            /** @description The metric's declared aggregate by default. */
            aggregate?: components["schemas"]["Aggregate"];
        };
        Constraints: components["schemas"]["Constraint"][];
        /**
         * @description What the study may spend; when any of it is used up, asks say `stop` and running trials get `should_prune` with the reason `budget`.
         *     Summed over all trials, failed and retried ones included; from `system/cpu_seconds`, `system/gpu_seconds`,
         *     `system/energy_joules` and `system/cost` as they are reported.
         */
        Budget: {
            /**
             * Format: int64
             * @description Trials handed out, retries included; added history does not count.
             */
            max_trials?: number;
            /**
             * Format: double
             * @description The clock since the first ask.
             */
            wall_seconds?: number;
            /**
             * Format: double
             * @description The sum over the trials of how long each took.
             */
            trial_seconds?: number;
            /** Format: double */
            cpu_seconds?: number;
            /** Format: double */
            gpu_seconds?: number;
            /** Format: double */
            energy_joules?: number;
            /**
             * Format: double
             * @description In the currency of `system/cost`.
             */
            cost?: number;
        };
        /** @description A limit set to null is removed. */
        BudgetPatch: {
            /** Format: int64 */
            max_trials?: number | null;
            /** Format: double */
            wall_seconds?: number | null;
            /** Format: double */
            trial_seconds?: number | null;
            /** Format: double */
            cpu_seconds?: number | null;
            /** Format: double */
            gpu_seconds?: number | null;
            /** Format: double */
            energy_joules?: number | null;
            /** Format: double */
            cost?: number | null;
        };
        /** @description Amounts by unit; what was not measured is left out. */
        Amounts: {
            /** Format: double */
            trials?: number;
            /**
             * Format: double
             * @description The clock since the first ask.
             */
            wall_seconds?: number;
            /**
             * Format: double
             * @description The sum over the trials of how long each took.
             */
            trial_seconds?: number;
            /** Format: double */
            cpu_seconds?: number;
            /** Format: double */
            gpu_seconds?: number;
            /** Format: double */
            energy_joules?: number;
            /** Format: double */
            cost?: number;
        };
        /** @description What a parameter may be. */
        Distribution: components["schemas"]["FloatDistribution"] | components["schemas"]["IntDistribution"] | components["schemas"]["CategoricalDistribution"];
        /** @description A float in [low, high], both included; of `log` and `step` at most one. */
        FloatDistribution: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "float";
            /** Format: double */
            low: number;
            /** Format: double */
            high: number;
            /** @default false */
            log?: boolean;
            /** Format: double */
            step?: number;
            when?: components["schemas"]["When"];
        };
        /** @description An integer in [low, high], both included. */
        IntDistribution: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "int";
            /** Format: int64 */
            low: number;
            /** Format: int64 */
            high: number;
            /** @default false */
            log?: boolean;
            /**
             * Format: int64
             * @default 1
             */
            step?: number;
            when?: components["schemas"]["When"];
        };
        /** @description One of the choices. */
        CategoricalDistribution: {
            /**
             * @description discriminator enum property added by openapi-typescript
             * @enum {string}
             */
            type: "categorical";
            choices: components["schemas"]["ParamValue"][];
            when?: components["schemas"]["When"];
        };
        /**
         * @description The parameter exists only when each parent named here has one of the values listed.
         *     Parents are parameters of the same search space, without cycles; an absent parent has no value, so its children are absent too.
         * @example {
         *       "optimizer": [
         *         "sgd",
         *         "rmsprop"
         *       ]
         *     }
         */
        When: {
            [key: string]: components["schemas"]["ParamValue"][];
        };
        /** @description Distributions by parameter name. */
        SearchSpace: {
            [key: string]: components["schemas"]["Distribution"];
        };
        /**
         * @description How new trials are sampled: a `type` and its options. `GET /v1/samplers` publishes each type's options as JSON Schema;
         *     they are checked strictly, and a fault is named by its pointer. Chance is seeded by the study's `seed` and the trial's number.
         * @example {
         *       "type": "random"
         *     }
         */
        Sampler: {
            type: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description When a running trial is stopped early: a tree of rules, at most 16 deep. A node is a `type` and its options; every node's verdict is
         *     `fire`, `pass` or `unknown` (not enough data). `GET /v1/pruners` publishes each type's options as JSON Schema;
         *     they are checked strictly, and a fault is named by its pointer.
         * @example {
         *       "type": "nop"
         *     }
         */
        Pruner: {
            type: string;
        } & {
            [key: string]: unknown;
        };
        /**
         * @description `shadow` - judged and logged, never enforced.
         * @enum {string}
         */
        PrunerMode: "enforce" | "shadow";
        /**
         * Format: double
         * @description Share of the trials that no prediction prunes - every 1/holdout-th, from a phase the seed gives. What pruners would have done is logged, so that false
         *     prunes can be counted. A limit that was crossed prunes them too. Left out - 0.05 with a preset as the pruner, else 0.
         */
        Holdout: number;
        /** @description Trials that predictions of quality spare while they are so good. */
        Protect: {
            /**
             * Format: int64
             * @description The k best of all trials at their step; left out - 1.
             */
            top_k?: number;
            /**
             * Format: double
             * @description Within this fraction of the incumbent's value; left out - 0.01.
             */
            within?: number;
            /** @description Trials whose user attr of this name is true. */
            tag?: string;
        };
        /** @description Bounds what predictions of quality may prune in all. */
        Quota: {
            /**
             * Format: double
             * @description Of the last `per_trials` trials that ended; left out - 0.8.
             */
            max_prune_fraction?: number;
            /**
             * Format: int64
             * @description Left out - 20.
             */
            per_trials?: number;
            /**
             * Format: int64
             * @description So many running trials always stay; left out - 1.
             */
            min_live?: number;
        };
        /** @description Ends the study by itself, with the rule as `stop_reason`. The rules read the COMPLETE trials that are not known to be infeasible, of a study with one objective. */
        Stop: {
            /**
             * Format: double
             * @description Stops once a trial is at least as good.
             */
            target?: number;
            /**
             * Format: int64
             * @description Stops when so many trials in a row ended without a new best.
             */
            no_improvement_trials?: number;
            /**
             * Format: double
             * @description By how much a new best must be better to count; left out - any.
             */
            min_improvement?: number;
            /**
             * Format: double
             * @description Stops when, with 95 % confidence, no trial drawn as the ones so far is better than the best by more than this (the noise of the objective, say).
             */
            regret_below?: number;
            /**
             * Format: int64
             * @description COMPLETE trials before `regret_below` is asked; left out - 20.
             */
            min_trials?: number;
            /** @description Stops when a trial won less, of late, than it cost. */
            utility?: {
                /**
                 * Format: double
                 * @description What a unit of cost is worth in the objective's unit.
                 */
                cost_weight: number;
                /** @description Left out - system/wall_seconds. */
                cost_metric?: components["schemas"]["MetricName"];
                /**
                 * Format: int64
                 * @description The last so many trials that ended; left out - 20.
                 */
                window?: number;
            };
        };
        StudyCreate: {
            name: components["schemas"]["StudyName"];
            /** @description Short for one objective with the metric `value`; not beside `objectives`. Neither - minimize `value`. */
            direction?: components["schemas"]["Direction"];
            objectives?: components["schemas"]["Objectives"];
            metrics?: components["schemas"]["MetricDeclarations"];
            constraints?: components["schemas"]["Constraints"];
            /** @description Left out - each ask or suggest brings its own. */
            search_space?: components["schemas"]["SearchSpace"];
            /** @description `auto` by default. The default of the day is stored with the study: a later one never touches it. */
            sampler?: components["schemas"]["Sampler"];
            /** @description The preset `safe` by default; what it stands for is stored likewise. */
            pruner?: components["schemas"]["Pruner"];
            holdout?: components["schemas"]["Holdout"];
            protect?: components["schemas"]["Protect"];
            quota?: components["schemas"]["Quota"];
            budget?: components["schemas"]["Budget"];
            stop?: components["schemas"]["Stop"];
            /**
             * Format: int64
             * @description The steps a full trial takes; rules that project or take shares of it need it. Left out - learnt once 5 COMPLETE trials agree on their last step within 5 %.
             */
            max_steps?: number;
            /**
             * Format: int64
             * @description Left out - drawn and shown.
             */
            seed?: number;
            /**
             * @description A RUNNING trial unheard of for this long is set to FAIL.
             * @default 3600
             */
            lease_seconds?: number;
            /**
             * @description How often the params of a trial whose lease ran out are enqueued again.
             * @default 0
             */
            max_retries?: number;
            user_attrs?: components["schemas"]["UserAttrs"];
        };
        /** @description What changes; a member left out stays as it is. */
        StudyPatch: {
            metrics?: components["schemas"]["MetricDeclarations"];
            /** @description In place of those before; feasibility is recomputed. */
            constraints?: components["schemas"]["Constraints"];
            sampler?: components["schemas"]["Sampler"];
            pruner?: components["schemas"]["Pruner"];
            /** Format: double */
            holdout?: number | null;
            protect?: components["schemas"]["Protect"] | null;
            quota?: components["schemas"]["Quota"] | null;
            budget?: components["schemas"]["BudgetPatch"];
            stop?: components["schemas"]["Stop"] | null;
            /** Format: int64 */
            max_steps?: number | null;
            /** @description Null - 3600 again. */
            lease_seconds?: number | null;
            max_retries?: number;
            user_attrs?: components["schemas"]["UserAttrs"];
        };
        Study: {
            name: components["schemas"]["StudyName"];
            state: components["schemas"]["StudyState"];
            stop_reason?: components["schemas"]["StopReason"];
            objectives: components["schemas"]["Objectives"];
            metrics?: components["schemas"]["MetricDeclarations"];
            constraints?: components["schemas"]["Constraints"];
            search_space: components["schemas"]["SearchSpace"];
            sampler: components["schemas"]["Sampler"];
            /** @description With every default explicit. */
            pruner: components["schemas"]["Pruner"];
            /**
             * Format: int64
             * @description Counts up with every change of `pruner`, `holdout`, `protect` and `quota`; decisions name it.
             */
            pruner_version: number;
            holdout?: components["schemas"]["Holdout"];
            protect?: components["schemas"]["Protect"];
            quota?: components["schemas"]["Quota"];
            budget?: components["schemas"]["Budget"];
            stop?: components["schemas"]["Stop"];
            spent: components["schemas"]["Amounts"];
            /** Format: int64 */
            max_steps?: number;
            /** Format: int64 */
            seed: number;
            lease_seconds: number;
            max_retries: number;
            user_attrs: components["schemas"]["UserAttrs"];
            trial_counts: components["schemas"]["TrialCounts"];
            /** @description What looks doubtful in sampler and pruner. */
            warnings?: components["schemas"]["FieldError"][];
            /** Format: date-time */
            datetime_start: string;
        };
        /**
         * @description Why asks hand out no more trials.
         * @enum {string}
         */
        StopReason: "budget" | "stopped" | "exhausted" | "target" | "no_improvement" | "regret" | "utility" | (string & {});
        TrialCounts: {
            /** Format: int64 */
            RUNNING: number;
            /** Format: int64 */
            WAITING: number;
            /** Format: int64 */
            COMPLETE: number;
            /** Format: int64 */
            PRUNED: number;
            /** Format: int64 */
            FAIL: number;
        };
        StudyList: {
            studies: components["schemas"]["Study"][];
            /** @description Left out on the last page. */
            next_page_token?: string;
        };
        Trial: {
            /** Format: int64 */
            number: number;
            state: components["schemas"]["TrialState"];
            params: components["schemas"]["Params"];
            distributions: components["schemas"]["SearchSpace"];
            /** @description Objective values, in order of the study's objectives; of COMPLETE trials only. */
            values?: components["schemas"]["Float"][];
            /** @description Of a PRUNED or FAIL trial - what it last reported of each objective's metric. Not a result. */
            last_values?: components["schemas"]["Metrics"];
            /** @description Summary of everything reported. */
            metrics?: {
                [key: string]: components["schemas"]["MetricSummary"];
            };
            /** @description In order of the study's constraints; after them what was told as `limits_crossed`, and, once it has ended, the limits of the pruner's rules. */
            constraints?: components["schemas"]["ConstraintResult"][];
            /** @description Left out while a constraint's metric has not been reported and none is violated. */
            feasible?: boolean;
            /** @description The total violation of the constraints; left out when feasible or unknown. */
            violation?: components["schemas"]["Float"];
            /** @description 1, and one more for each retry. */
            attempt: number;
            /**
             * Format: int64
             * @description The trial that FAILed and whose params these are.
             */
            retry_of?: number;
            /** @description The decision that pruned it, or the latest. */
            decision?: components["schemas"]["Decision"];
            /** @description The sampler that suggested it; left out for params given by hand. */
            sampled_by?: string;
            /** @description Why that sampler, or where the params are from, in a sentence. */
            sampling_reason?: string;
            /**
             * Format: int64
             * @description As asked for; left out - the study's.
             */
            max_steps?: number;
            /** @description No prediction prunes it. */
            holdout?: boolean;
            user_attrs: components["schemas"]["UserAttrs"];
            worker?: string;
            /**
             * @description Why it was PRUNED or FAILed, in a word.
             * @example oom
             */
            reason?: string;
            error?: string;
            /** Format: date-time */
            datetime_start?: string;
            /** Format: date-time */
            datetime_complete?: string;
            /** Format: date-time */
            lease_expires?: string;
        };
        MetricSummary: {
            /** Format: int64 */
            count: number;
            last: components["schemas"]["Float"];
            min: components["schemas"]["Float"];
            max: components["schemas"]["Float"];
            mean: components["schemas"]["Float"];
            sum: components["schemas"]["Float"];
            /** @description Only where an objective or a constraint asks for it. */
            p95?: components["schemas"]["Float"];
        };
        ConstraintResult: {
            metric: components["schemas"]["MetricName"];
            /** @description The aggregate so far; left out until the metric is reported. */
            observed?: components["schemas"]["Float"];
            /** @description observed - bound for `<=`, bound - observed for `>=`: above 0 is violated. Left out while it is not known. */
            violation?: components["schemas"]["Float"];
            /** @description A forecast stopped the trial: it would have come to `observed` at the least, or at the most for `>=`. Where that is within the bound, nothing is known. */
            censored?: boolean;
            /**
             * Format: double
             * @description Of a limit that is not a constraint of the study: of the worker's own, as it was told, or of a rule of the pruner.
             */
            bound?: number;
            /**
             * @description Likewise.
             * @enum {string}
             */
            op?: "<=" | ">=";
            /** @description Label or type of the rule of the pruner whose limit it is. */
            rule?: string;
        };
        TrialCreate: {
            params: components["schemas"]["Params"];
            distributions?: components["schemas"]["SearchSpace"];
            /** @description WAITING by default; RUNNING is not taken. */
            state?: components["schemas"]["TrialState"];
            /** @description Short for `values` with one entry. */
            value?: components["schemas"]["Float"];
            values?: components["schemas"]["Values"];
            /** @description Final metrics beside those in `reports`. */
            metrics?: components["schemas"]["Metrics"];
            reports?: components["schemas"]["Report"][];
            /** @description Of PRUNED and FAIL, e.g. oom. */
            reason?: string;
            /** @description Of FAIL. */
            error?: string;
            /**
             * @description When a trial with the same params exists already, whatever its state, make none and return that one.
             * @default false
             */
            skip_if_exists?: boolean;
            user_attrs?: components["schemas"]["UserAttrs"];
        };
        TrialPatch: {
            user_attrs: components["schemas"]["UserAttrs"];
        };
        TrialList: {
            trials: components["schemas"]["Trial"][];
            /** @description Left out on the last page. */
            next_page_token?: string;
        };
        BestTrials: {
            trials: components["schemas"]["Trial"][];
        };
        TransferRequest: {
            /** @description The other study. */
            from: components["schemas"]["StudyName"];
            /**
             * @description What is taken over.
             * @enum {string}
             */
            use: "history" | "best";
            /** @description Of use best: how many; 5 by default. */
            count?: number;
        };
        TransferResult: {
            /**
             * Format: int64
             * @description Trials that are history now.
             */
            added: number;
            /**
             * Format: int64
             * @description Trials that wait to be asked for.
             */
            enqueued: number;
            /**
             * Format: int64
             * @description Trials whose params do not fit or are there already.
             */
            skipped: number;
        };
        Importances: {
            metric: components["schemas"]["MetricName"];
            /** @example ped_anova */
            method: string;
            /** @description On how many trials it rests. */
            trials: number;
            importances: components["schemas"]["Importance"][];
        };
        Importance: {
            param: string;
            /** Format: double */
            importance: number;
            /** @description That have the parameter. */
            trials: number;
        };
        AskRequest: {
            /** @default 1 */
            count?: number;
            /** @description In place of the study's (Optuna's fixed_distributions). */
            search_space?: components["schemas"]["SearchSpace"];
            /** @description What these trials get; the others are sampled. */
            params?: components["schemas"]["Params"];
            /** @description Who works on it; shown in the trial. */
            worker?: string;
            /** @description In place of the study's. */
            lease_seconds?: number;
            /**
             * Format: int64
             * @description The steps these trials take, in place of the study's.
             */
            max_steps?: number;
        };
        AskResponse: {
            trials: components["schemas"]["AskedTrial"][];
            /** @description No more trials will come. */
            stop: boolean;
            stop_reason?: components["schemas"]["StopReason"];
            /** @description Seconds to wait before asking again; only in an empty answer that is not a stop. */
            retry_after?: number;
        };
        AskedTrial: {
            /** Format: int64 */
            number: number;
            params: components["schemas"]["Params"];
            attempt: number;
            /** Format: int64 */
            retry_of?: number;
            sampled_by?: string;
            /** @description Why that sampler, or where the params are from, in a sentence. */
            sampling_reason?: string;
            /** Format: date-time */
            lease_expires: string;
            /** @description No prediction will prune it. */
            holdout?: boolean;
            user_attrs?: components["schemas"]["UserAttrs"];
            /** @description Which fixed params it could not have. */
            warnings?: components["schemas"]["FieldError"][];
        };
        SuggestRequest: {
            search_space: components["schemas"]["SearchSpace"];
            /**
             * @description Of a param that the trial has with another distribution, draw another value in place of refusing it.
             * @default false
             */
            replace?: boolean;
        };
        SuggestResponse: {
            params: components["schemas"]["Params"];
            /** @description Which fixed params it could not have. */
            warnings?: components["schemas"]["FieldError"][];
        };
        /** @description One observation; `value` or `metrics` or both. One with neither `step` nor `seq` is stored at least once. */
        Report: {
            source?: components["schemas"]["ReportSource"];
            /**
             * Format: int64
             * @description Makes it a point of the learning curve; steps need not be consecutive.
             */
            step?: number;
            /**
             * Format: double
             * @description Since the trial began, by the server's clock if left out; counts as the metric `system/wall_seconds`.
             */
            elapsed_seconds?: number;
            /**
             * Format: int64
             * @description The client's number for a report without `step`, unique in the trial and `source`; makes a retry harmless.
             */
            seq?: number;
            /** @description Short for the single objective's metric in `metrics`. */
            value?: components["schemas"]["Float"];
            metrics?: components["schemas"]["Metrics"];
        };
        TrialReport: {
            /** Format: int64 */
            trial: number;
            source?: components["schemas"]["ReportSource"];
            /** Format: int64 */
            step?: number;
            /** Format: double */
            elapsed_seconds?: number;
            /** Format: int64 */
            seq?: number;
            value?: components["schemas"]["Float"];
            metrics?: components["schemas"]["Metrics"];
        };
        ReportsRequest: {
            reports: components["schemas"]["TrialReport"][];
        };
        ReportResults: {
            results: components["schemas"]["ReportResult"][];
        };
        /** @description Either `decision` or `problem`. */
        ReportResult: {
            decision?: components["schemas"]["Decision"];
            problem?: components["schemas"]["Problem"];
        };
        Decision: {
            /** Format: int64 */
            trial: number;
            state: components["schemas"]["TrialState"];
            should_prune: boolean;
            /** @description Left out when nothing fires. */
            reason?: components["schemas"]["DecisionReason"];
            /**
             * @description Label (or type) of the deciding rule.
             * @example limit
             */
            decided_by?: string;
            mode: components["schemas"]["DecisionMode"];
            /** @description Left out of the answer to a report while nothing fires, unless asked for by `explain`. */
            explanation?: components["schemas"]["Explanation"];
            /** @description The nearest change that would have turned the verdict, in one sentence. */
            counterfactual?: string;
            /** @description Of the mode `spared`. */
            spared_by?: components["schemas"]["SparedBy"];
            /**
             * @description What the deciding rule predicts; left out of a limit that was crossed.
             * @enum {string}
             */
            predicts?: "quality" | "limit" | (string & {});
            /** @description What the steps left would cost at the trial's own cost per step so far - steps, wall_seconds, cpu_seconds ...; left out while the last step is not known. */
            saved_estimate?: components["schemas"]["Metrics"];
            /** @description The best value of the study at that moment, of one with a single objective. */
            incumbent?: components["schemas"]["Float"];
            /** Format: int64 */
            pruner_version?: number;
            /**
             * Format: int64
             * @description The step it was made at.
             */
            step?: number;
            /** @description This step or seq had been reported before; its first values stay. */
            ignored?: boolean;
            /** Format: date-time */
            lease_expires?: string;
        };
        /**
         * @description `shadow` and `spared` - what fired is only logged, `should_prune` stays false. `spared` - it would have pruned, if holdout, protect or quota had not spared the trial.
         * @enum {string}
         */
        DecisionMode: "enforce" | "shadow" | "spared" | (string & {});
        /**
         * @description What spared a trial.
         * @enum {string}
         */
        SparedBy: "holdout" | "protect" | "quota" | (string & {});
        /**
         * @description Whose decision it is.
         * @enum {string}
         */
        DecisionReason: "pruner" | "budget" | "operator" | "study_stopped" | (string & {});
        /** @description A node of the pruner with its verdict. A resource rule and a quality rule read alike - observed, limit, predicted, margin. */
        Explanation: {
            /** @description The node's `type`. */
            type: string;
            label?: string;
            /** @description JSON Pointer into the study's pruner; empty for the root. */
            path?: string;
            metric?: components["schemas"]["MetricName"];
            verdict: components["schemas"]["Verdict"];
            mode?: components["schemas"]["PrunerMode"];
            /** @description Of limit and margin, where it is known. */
            unit?: string;
            /** @description Numbers the verdict rests on, by name, e.g. used, n, lhs, peers. */
            observed?: components["schemas"]["Metrics"];
            /** @description Numbers predicted from them, by name, e.g. total, lower95. */
            predicted?: components["schemas"]["Metrics"];
            /** @description The limit, or the bar set by the peers. */
            limit?: components["schemas"]["Float"];
            /** @description By how much it is beyond the limit; negative inside. */
            margin?: components["schemas"]["Float"];
            /** @description That the verdict is right, of rules that state it. */
            probability?: components["schemas"]["Float"];
            /** @description One plain sentence with number, unit and limit; of an operator, the deciding child's. */
            sentence: string;
            children?: components["schemas"]["Explanation"][];
        };
        /** @description A logged decision. */
        DecisionRecord: components["schemas"]["Decision"] & {
            id: string;
            /** Format: date-time */
            time: string;
            /** Format: int64 */
            pruner_version: number;
            outcome?: components["schemas"]["Outcome"];
        };
        /**
         * @description Of a decision that was not enforced. A quality verdict was `wrong` if the trial, COMPLETE and feasible, was better than the incumbent of that moment; a
         *     forecast was, if the limit was not crossed. `censored` - the trial ended otherwise; `pending` - it has not ended.
         * @enum {string}
         */
        Outcome: "right" | "wrong" | "censored" | "pending" | (string & {});
        DecisionList: {
            decisions: components["schemas"]["DecisionRecord"][];
            /** @description Left out on the last page. */
            next_page_token?: string;
        };
        Tell: {
            /** @description Short for `values` with one entry. */
            value?: components["schemas"]["Float"];
            values?: components["schemas"]["Values"];
            /** @description COMPLETE when left out. */
            state?: components["schemas"]["FinishedState"];
            /** @description Final metrics, e.g. a latency or a model size. */
            metrics?: components["schemas"]["Metrics"];
            /**
             * @description In a word, why it was PRUNED or FAILed. A trial that FAILed as `interrupted` does not count for `max_trials`.
             * @example oom
             * @example interrupted
             */
            reason?: string;
            /** @description Why it FAILed, or was PRUNED by its worker, at length. */
            error?: string;
            /**
             * @description Of FAIL - its params are asked again, as another trial with `retry_of`; not if it should have been pruned.
             * @default false
             */
            retry?: boolean;
            limits_crossed?: components["schemas"]["CrossedLimits"];
            unused_params?: components["schemas"]["UnusedParams"];
            user_attrs?: components["schemas"]["UserAttrs"];
        };
        /** @description Params that were asked for and that the trial turned out not to have: it is rid of them. They are not in the study's search space. */
        UnusedParams: string[];
        /**
         * @description The states a trial ends in.
         * @enum {string}
         */
        FinishedState: "COMPLETE" | "PRUNED" | "FAIL";
        TrialTell: {
            /** Format: int64 */
            trial: number;
            value?: components["schemas"]["Float"];
            values?: components["schemas"]["Values"];
            state?: components["schemas"]["FinishedState"];
            metrics?: components["schemas"]["Metrics"];
            reason?: string;
            error?: string;
            /** @default false */
            retry?: boolean;
            limits_crossed?: components["schemas"]["CrossedLimits"];
            unused_params?: components["schemas"]["UnusedParams"];
            user_attrs?: components["schemas"]["UserAttrs"];
        };
        /**
         * @description Of PRUNED and FAIL - limits of the worker's own that the trial crossed: the memory of its machine, say. They make it infeasible, by so much, as
         *     constraints of the study do.
         */
        CrossedLimits: components["schemas"]["CrossedLimit"][];
        CrossedLimit: {
            metric: components["schemas"]["MetricName"];
            /**
             * @default <=
             * @enum {string}
             */
            op?: "<=" | ">=";
            /** Format: double */
            bound: number;
            /**
             * Format: double
             * @description Beyond the bound.
             */
            observed: number;
        };
        TellsRequest: {
            tells: components["schemas"]["TrialTell"][];
        };
        TellResults: {
            results: components["schemas"]["TellResult"][];
        };
        /** @description Either `trial` or `problem`. */
        TellResult: {
            trial?: components["schemas"]["Trial"];
            problem?: components["schemas"]["Problem"];
        };
        MetricPage: {
            points: components["schemas"]["MetricPoint"][];
            /** @description Left out on the last page. */
            next_page_token?: string;
        };
        MetricPoint: {
            source?: components["schemas"]["ReportSource"];
            /** Format: int64 */
            step?: number;
            /** Format: int64 */
            seq?: number;
            /** Format: double */
            elapsed_seconds?: number;
            /**
             * Format: date-time
             * @description When the server got it.
             */
            time: string;
            metrics: components["schemas"]["Metrics"];
        };
        SamplerCatalogue: {
            samplers: components["schemas"]["CatalogueEntry"][];
        };
        PrunerCatalogue: {
            pruners: components["schemas"]["CatalogueEntry"][];
        };
        CatalogueEntry: {
            type: string;
            /**
             * @description Of pruners.
             * @enum {string}
             */
            kind?: "quality" | "resource" | "application" | "operator" | (string & {});
            summary: string;
            /** @description The paper, with section. */
            source?: string;
            /** @description The node, `type` included, as JSON Schema. */
            schema: {
                [key: string]: unknown;
            };
            /** @description A node ready for use. */
            example?: {
                [key: string]: unknown;
            };
        };
        Savings: {
            /**
             * @description What the savings are measured against.
             * @example The same trials, each run to step 50.
             */
            counterfactual: string;
            /**
             * Format: int64
             * @description Of a full trial; left out while it is not known.
             */
            last_step?: number;
            trial_counts: components["schemas"]["TrialCounts"];
            /** Format: int64 */
            pruned_trials: number;
            /**
             * Format: int64
             * @description Points that a rule refused before they were tried.
             */
            refused_points: number;
            /** @description By resource - steps, wall_seconds, cpu_seconds, gpu_seconds, energy_joules, cost, co2_grams; what was not measured is left out. */
            resources: {
                [key: string]: components["schemas"]["Saved"];
            };
            by_rule: components["schemas"]["RuleSavings"][];
            false_prunes: components["schemas"]["FalsePrunes"];
            pruner: components["schemas"]["PrunerCost"];
            notes?: string[];
        };
        Saved: {
            /** Format: double */
            used: number;
            /**
             * Format: double
             * @description Left out while the last step of a full trial is not known.
             */
            saved?: number;
            /**
             * Format: double
             * @description Lower end of the 95 % prediction interval of the sum, errors that all trials share included; left out with fewer than 5 COMPLETE trials to learn them from.
             */
            saved_low?: number;
            /**
             * Format: double
             * @description Upper end.
             */
            saved_high?: number;
            /**
             * Format: double
             * @description Saved over used and saved.
             */
            saved_fraction?: number;
            /**
             * Format: double
             * @description By which it was computed from energy_joules.
             */
            factor?: number;
        };
        RuleSavings: {
            /** @description Label (or type) of the deciding rule; `worker` - the worker told PRUNED by itself. */
            decided_by: string;
            /** Format: int64 */
            pruned_trials: number;
            /** @description By resource. */
            saved?: {
                [key: string]: number;
            };
            false_prunes?: components["schemas"]["FalsePrunes"];
        };
        FalsePrunes: {
            /**
             * Format: int64
             * @description Fires that did not stop their trial and have an outcome.
             */
            checked: number;
            /** Format: int64 */
            wrong: number;
            /**
             * Format: int64
             * @description Left out - the trial ended otherwise.
             */
            censored: number;
            /** Format: int64 */
            pending: number;
            /**
             * Format: double
             * @description P(wrong | fired); left out without data - unknown, not 0.
             */
            rate?: number;
            /**
             * Format: double
             * @description Wilson interval at 95 %.
             */
            rate_low?: number;
            /** Format: double */
            rate_high?: number;
            /**
             * Format: double
             * @description Kish's effective number of fires, where shares of the holdout are mixed.
             */
            effective?: number;
            /**
             * Format: int64
             * @description About how many more fires for an interval of 5 percentage points to either side.
             */
            needs_more: number;
        };
        /** @description What judging cost since the study was loaded into memory. */
        PrunerCost: {
            /** Format: int64 */
            decisions: number;
            /**
             * Format: double
             * @description Of a processor, measured at one decision in 16.
             */
            seconds: number;
            /** Format: date-time */
            since: string;
        };
        /** @description What pruners would have done. */
        ReplayRequest: {
            /** @description May be left out with `recommend`. */
            pruners?: components["schemas"]["ReplayPruner"][];
            /** @description How many studies are played. 1, the default, is the recorded one in its order; more are drawn at random from its trials. */
            orders?: number;
            /** @description The size of a study that is drawn: by default half of the different settings, at most 60. */
            trials?: number;
            /**
             * Format: int64
             * @description Of the draws.
             */
            seed?: number;
            /** @description Simulated; by default as recorded, of drawn studies 1 */
            workers?: number;
            /** @description In the place of the study's, if given. */
            constraints?: components["schemas"]["Constraint"][];
            /**
             * Format: double
             * @description Of the intervals, 0.95 by default
             */
            confidence?: number;
            /** @description The resource that the equal-regret ratio and the any-time curve count: wall_seconds by default where it was recorded, else steps. */
            cost?: string;
            /**
             * Format: double
             * @description Of the equal-regret ratio, as a share of the best value; 0.01 by default
             */
            tolerance?: number;
            /** @description Draws studies also where the sampler learnt from the trials before, as if it had not. */
            ignore_sampler?: boolean;
            recommend?: components["schemas"]["RecommendBounds"];
        };
        /** @description One pruner that is replayed, with what bounds it. */
        ReplayPruner: {
            name?: string;
            pruner: components["schemas"]["Pruner"];
            holdout?: components["schemas"]["Holdout"];
            protect?: components["schemas"]["Protect"];
            quota?: components["schemas"]["Quota"];
        };
        /** @description Asks for the pruner that saves the most of those that keep to the bounds, with the confidence of the intervals. */
        RecommendBounds: {
            /**
             * Format: double
             * @description The probability that the best trial of a study is cut, and that its regret is above max_regret; 0.05 by default.
             */
            max_best_lost?: number;
            /**
             * Format: double
             * @description In the objective's unit. By default it is the noise floor: the spread of repeats where there are any, else 1 % of the best value.
             */
            max_regret?: number;
        };
        /** @description A figure and its interval; each is left out where it is not known, the interval of a single study always. What the interval is, and is not, says ReplayResponse. */
        Estimate: {
            /** Format: double */
            value?: number;
            /** Format: double */
            low?: number;
            /** Format: double */
            high?: number;
        };
        /**
         * @description Says what pruners would have done. Every figure of a pruner is paired with a run without one of the same trials in the same order, and all pruners play the same studies.
         *
         *     An interval takes in two levels of chance: which settings were recorded, and which of them, in which order, the studies met. A setting is a cluster of trials and is in a study at most once. The error that comes with the settings is estimated by the infinitesimal jackknife for subsamples, that of the studies by their spread; of means the interval is normal, of rates and probabilities Wilson's of as many independent events as have the same error, of quantiles Woodruff's. No event in n studies gives Wilson's interval of n, so that it is not no risk. In simulations of 60 to 200 settings intervals of 95 % held the truth in 84 to 98 of 100 cases, the fewest where the best few settings decide.
         *
         *     It is not an interval for other models, data or numbers of trials. A few settings are the best of nearly all studies, see distinct_best: the chance of losing the best is known for such settings, and less well for others.
         */
        ReplayResponse: {
            recorded: components["schemas"]["ReplayPool"];
            /**
             * Format: int64
             * @description Studies that were played
             */
            orders: number;
            /** @description Recorded, or random */
            order: string;
            /**
             * Format: int64
             * @description Of a study
             */
            trials: number;
            /**
             * Format: int64
             * @description That were simulated
             */
            workers: number;
            /** Format: int64 */
            seed: number;
            /** Format: double */
            confidence: number;
            /** @description Settings, orderings (too narrow), or none */
            intervals: string;
            /** @description The resource that ratios and curves count */
            cost: string;
            /** Format: double */
            tolerance: number;
            direction: components["schemas"]["Direction"];
            objective: string;
            /**
             * Format: double
             * @description Share of the trials, with constraints
             */
            feasible?: number;
            constraints?: components["schemas"]["Constraint"][];
            /** @description What a study costs without a pruner, by resource. */
            full: {
                [key: string]: number;
            };
            /** @description The curve without a pruner. */
            any_time: components["schemas"]["AnyTimePoint"][];
            /**
             * Format: double
             * @description How many different settings are the best of a study, effectively: 1 over the sum of the squares of their shares.
             */
            distinct_best: number;
            pruners: components["schemas"]["ReplayResult"][];
            recommendation?: components["schemas"]["Recommendation"];
            /** @description Each with a code */
            warnings?: components["schemas"]["FieldError"][];
        };
        /** @description Counts what was recorded. */
        ReplayPool: {
            /**
             * Format: int64
             * @description With at least one report
             */
            trials: number;
            /**
             * Format: int64
             * @description Different ones: clusters
             */
            settings: number;
            /**
             * Format: int64
             * @description COMPLETE ones.
             */
            full: number;
            /**
             * Format: int64
             * @description Ended without a value, by itself
             */
            failed: number;
            /** Format: int64 */
            cut_short: number;
            /**
             * Format: int64
             * @description Had not ended, or reported nothing
             */
            left_out: number;
            /** Format: int64 */
            last_step: number;
        };
        /** @description Says what one pruner would have done. */
        ReplayResult: {
            name: string;
            /** @description Resolved */
            pruner: components["schemas"]["Pruner"];
            /** Format: double */
            holdout?: number;
            protect?: components["schemas"]["Protect"];
            quota?: components["schemas"]["Quota"];
            /** @description By resource */
            saved: {
                [key: string]: components["schemas"]["ReplaySaved"];
            };
            /** @description Share of the trials */
            cut: components["schemas"]["Estimate"];
            /** @description The probability that the best trial of a study is cut; of trials that tie for it, that all are. best_feasible_lost is of the best within the constraints, and left out without any. */
            best_lost: components["schemas"]["Estimate"];
            best_feasible_lost?: components["schemas"]["Estimate"];
            /** @description Share of the best tenth of a study that is cut */
            top_tenth_lost: components["schemas"]["Estimate"];
            /** @description Regret is by how much the best value left is worse. As a requirement a constraint shuts out what breaks it: both are the best feasible ones. As a proxy for cost it shuts out nothing: both are the best of all. */
            regret_requirement: components["schemas"]["Regret"];
            regret_proxy: components["schemas"]["Regret"];
            false_prunes: components["schemas"]["ReplayFalsePrunes"];
            equal_regret: components["schemas"]["EqualRegret"];
            any_time: components["schemas"]["AnyTimePoint"][];
            by_rule: components["schemas"]["ReplayRule"][];
            /** @description If trials were recorded cut short */
            censored?: components["schemas"]["ReplayCensored"];
            /** @description In the recorded order */
            decisions?: components["schemas"]["ReplayDecision"][];
        };
        /** @description What was saved of one resource, a study. */
        ReplaySaved: {
            /** @description Of what a study costs without a pruner */
            share: components["schemas"]["Estimate"];
            amount: components["schemas"]["Estimate"];
            /**
             * Format: double
             * @description The least and the most that the share may be, where trials were recorded cut short; see ReplayCensored.
             */
            share_at_least?: number;
            /** Format: double */
            share_at_most?: number;
        };
        /** @description In the objective's unit, at least 0. A study in which nothing was left to select counts as if its worst value had been. */
        Regret: {
            mean: components["schemas"]["Estimate"];
            median: components["schemas"]["Estimate"];
            p95: components["schemas"]["Estimate"];
            /**
             * Format: double
             * @description Share of studies in which nothing was left
             */
            none: number;
            /**
             * Format: int64
             * @description With something to lose
             */
            studies: number;
        };
        /** @description Compares each trial that is cut with the incumbent at that moment: it was wrong if the trial would have ended better, within the constraints. Random is the same of a pruner that cuts as many trials as late, but which ones is left to chance. */
        ReplayFalsePrunes: {
            /** @description Share of the trials cut */
            rate: components["schemas"]["Estimate"];
            random: components["schemas"]["Estimate"];
            /**
             * Format: double
             * @description Trials a study
             */
            cut: number;
            /**
             * Format: double
             * @description Of them, whose end was not recorded
             */
            unknown: number;
        };
        /** @description Compares what it costs to come within a tolerance of the best feasible value of a study. A study that never does is charged what all of it costs without a pruner. */
        EqualRegret: {
            /** @description To the same without a pruner; both are means over the studies */
            ratio: components["schemas"]["Estimate"];
            /** @description Share of the studies */
            reached: components["schemas"]["Estimate"];
        };
        /** @description The regret (as a requirement) at a share of what a study costs without a pruner: median and quartiles over the studies, left out while that many have nothing to select. */
        AnyTimePoint: {
            /** Format: double */
            share: number;
            /** Format: double */
            median?: number;
            /** Format: double */
            quartile_1?: number;
            /** Format: double */
            quartile_3?: number;
        };
        /** @description What one deciding rule cut and saved, a study. It is counted in the first hundred studies. */
        ReplayRule: {
            decided_by: string;
            /** Format: double */
            trials: number;
            saved: {
                [key: string]: number;
            };
        };
        /** @description Says what the recording cannot answer: trials that a pruner had cut short. Where the replay would have let one run on, the figures take it to run to its last step at its own cost per step and to end without a value. What is saved is at least, and at most, what follows if all such trials ended where the recording does, or the ones that run on end there and the others would have run to the last step. */
        ReplayCensored: {
            /**
             * Format: double
             * @description Trials a study that the replay would have let run on
             */
            run_on: number;
            /**
             * Format: double
             * @description That it cuts as well
             */
            cut: number;
            /**
             * Format: double
             * @description The chance of losing the best if every trial that was recorded cut short would have been the best.
             */
            best_lost_at_most: number;
        };
        /** @description One prune of the recorded study. */
        ReplayDecision: {
            /** Format: int64 */
            trial: number;
            /** Format: int64 */
            step: number;
            decided_by: string;
            sentence: string;
            /**
             * Format: double
             * @description How the trial would have ended; left out where that was not recorded, or not with a value.
             */
            value?: number;
            /**
             * Format: double
             * @description The best value at that moment
             */
            incumbent?: number;
            /** @description Left out where it is not known */
            beat_incumbent?: boolean;
        };
        /** @description The pruner that saved the most on one half of the settings among those that kept to the bounds, with its figures on the other half. */
        Recommendation: {
            found: boolean;
            sentence: string;
            /**
             * Format: int64
             * @description That were tried
             */
            candidates: number;
            /**
             * Format: int64
             * @description On the first half
             */
            qualified: number;
            /** @description The bounds hold on the second half as well */
            holds: boolean;
            /** Format: double */
            max_regret: number;
            /** @description The probability of a regret above max_regret. */
            regret_above?: components["schemas"]["Estimate"];
            /** @description As it can be given to a study */
            pruner?: components["schemas"]["Pruner"];
            searched?: components["schemas"]["ReplayResult"];
            confirmed?: components["schemas"]["ReplayResult"];
            /** @description All candidates with their figures on the first half. */
            tried?: components["schemas"]["ReplayTried"][];
        };
        /** @description One candidate of a recommendation. */
        ReplayTried: {
            name: string;
            /** @description Share of the cost */
            saved: components["schemas"]["Estimate"];
            best_lost: components["schemas"]["Estimate"];
            regret_above: components["schemas"]["Estimate"];
            qualified: boolean;
        };
        /** @description What `data:` of a server-sent event holds. */
        Event: {
            /**
             * @description `decision` - a rule fired, enforced or not.
             * @enum {string}
             */
            type: "study" | "trial" | "report" | "decision" | (string & {});
            /**
             * Format: int64
             * @description Left out for `study`.
             */
            trial?: number;
            /**
             * Format: int64
             * @description Counts the changes of the study.
             */
            revision: number;
        };
        Health: {
            /** @enum {string} */
            status: "ok";
        };
        Version: {
            version: string;
            api: string;
            commit?: string;
        };
        /** @description RFC 9457, with a stable `code` and the places of bad input. */
        Problem: {
            /**
             * Format: uri-reference
             * @description Names the kind; `/problems/{code}` describes it.
             */
            type: string;
            title: string;
            status: number;
            detail?: string;
            /** Format: uri-reference */
            instance?: string;
            code: components["schemas"]["ProblemCode"];
            trace_id?: string;
            errors?: components["schemas"]["FieldError"][];
        };
        FieldError: {
            /** @enum {string} */
            in: "body" | "path" | "query" | "header";
            /**
             * @description JSON Pointer into the body (RFC 6901).
             * @example /search_space/lr/low
             */
            pointer?: string;
            /** @description The parameter's or header's name. */
            name?: string;
            detail: string;
            /**
             * @description Of a warning that programs may want to know.
             * @example max_steps_unknown
             */
            code?: string;
        };
        /** @enum {string} */
        ProblemCode: "invalid_request" | "malformed_json" | "invalid_page_token" | "unauthenticated" | "forbidden" | "not_found" | "study_not_found" | "trial_not_found" | "method_not_allowed" | "not_acceptable" | "study_exists" | "trial_not_running" | "lease_expired" | "trial_finished" | "distribution_conflict" | "not_enough_data" | "request_in_progress" | "cursor_expired" | "precondition_failed" | "payload_too_large" | "unsupported_media_type" | "idempotency_key_reused" | "values_mismatch" | "internal" | "storage_unavailable" | (string & {});
    };
    responses: {
        /** @description A problem (RFC 9457). */
        Problem: {
            headers: {
                /** @description Seconds; on 503. */
                "Retry-After"?: number;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: {
        /** @description The study's name. */
        StudyPath: components["schemas"]["StudyName"];
        /** @description The trial's number in its study, from 0. */
        TrialNumber: number;
        /** @description At most this many; the server may return fewer. */
        PageSize: number;
        /** @description `next_page_token` of the page before. */
        PageToken: string;
        /**
         * @description A unique value for this request (a UUID, say). Sent again within 24 h, the first response is replayed, with
         *     `Idempotency-Replayed: true`. The same key with another body is 422 `idempotency_key_reused`; while the first is still under way, 409 `request_in_progress`.
         */
        IdempotencyKey: string;
        /** @description Only if the ETag still is this; else 412 `precondition_failed`. */
        IfMatch: string;
        /** @description 304 if the ETag still is this. */
        IfNoneMatch: string;
    };
    requestBodies: never;
    headers: {
        /** @description Version of the resource. */
        ETag: string;
        /** @description Path of the new resource. */
        Location: string;
        /** @description This is the stored answer to an earlier request with the same key. */
        IdempotencyReplayed: boolean;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listStudies: {
        parameters: {
            query?: {
                /** @description At most this many; the server may return fewer. */
                page_size?: components["parameters"]["PageSize"];
                /** @description `next_page_token` of the page before. */
                page_token?: components["parameters"]["PageToken"];
                /** @description Only studies whose name starts so. */
                prefix?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of studies, ordered by name. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StudyList"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createStudy: {
        parameters: {
            query?: {
                /** @description Return an existing study of that name in place of a 409. */
                load_if_exists?: boolean;
            };
            header?: {
                /**
                 * @description A unique value for this request (a UUID, say). Sent again within 24 h, the first response is replayed, with
                 *     `Idempotency-Replayed: true`. The same key with another body is 422 `idempotency_key_reused`; while the first is still under way, 409 `request_in_progress`.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StudyCreate"];
            };
        };
        responses: {
            /** @description It existed already (`load_if_exists`). */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getStudy: {
        parameters: {
            query?: never;
            header?: {
                /** @description 304 if the ETag still is this. */
                "If-None-Match"?: components["parameters"]["IfNoneMatch"];
            };
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The study. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            /** @description Not modified since If-None-Match. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    deleteStudy: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if the ETag still is this; else 412 `precondition_failed`. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    updateStudy: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if the ETag still is this; else 412 `precondition_failed`. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["StudyPatch"];
            };
        };
        responses: {
            /** @description The study as it is now. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    stopStudy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The study, STOPPED. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    resumeStudy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The study, ACTIVE. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    askTrials: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A unique value for this request (a UUID, say). Sent again within 24 h, the first response is replayed, with
                 *     `Idempotency-Replayed: true`. The same key with another body is 422 `idempotency_key_reused`; while the first is still under way, 409 `request_in_progress`.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["AskRequest"];
            };
        };
        responses: {
            /** @description The trials to work on. */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AskResponse"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    transferStudy: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A unique value for this request (a UUID, say). Sent again within 24 h, the first response is replayed, with
                 *     `Idempotency-Replayed: true`. The same key with another body is 422 `idempotency_key_reused`; while the first is still under way, 409 `request_in_progress`.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TransferRequest"];
            };
        };
        responses: {
            /** @description How many trials it made. */
            200: {
                headers: {
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TransferResult"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    reportBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReportsRequest"];
            };
        };
        responses: {
            /** @description One result for each report, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReportResults"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    tellBatch: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TellsRequest"];
            };
        };
        responses: {
            /** @description One result for each tell, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TellResults"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getBestTrials: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One trial for one objective, the Pareto front for several, of the COMPLETE trials; none before there is one. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BestTrials"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getImportances: {
        parameters: {
            query?: {
                /** @description The first objective's by default. */
                metric?: string;
                /** @description How it is measured. */
                method?: "ped_anova" | "fanova";
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One importance a parameter, the most important first; together they are 1. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Importances"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getSavings: {
        parameters: {
            query?: {
                /** @description Adds `co2_grams`, by this factor from `energy_joules`; left out - no emissions. */
                co2_grams_per_kwh?: number;
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Used, saved, and false prunes. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Savings"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listStudyDecisions: {
        parameters: {
            query?: {
                /** @description Only decisions of this mode. */
                mode?: components["schemas"]["DecisionMode"];
                /** @description At most this many; the server may return fewer. */
                page_size?: components["parameters"]["PageSize"];
                /** @description `next_page_token` of the page before. */
                page_token?: components["parameters"]["PageToken"];
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of decisions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionList"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    replayStudy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayRequest"];
            };
        };
        responses: {
            /** @description One result for each pruner, in order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReplayResponse"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    exportStudy: {
        parameters: {
            query?: {
                /**
                 * @description `trials`: one row a trial; `metrics`: one row a point (trial, source, step, seq, elapsed_seconds, metric, value); `decisions`: one row a logged decision;
                 *     `all`: the whole study as JSON lines, the archive that `POST /v1/import` takes.
                 */
                table?: "trials" | "metrics" | "decisions" | "all";
                /** @description `jsonl` is JSON lines. Left out - csv, and jsonl for `all`, which has no other. */
                format?: "csv" | "jsonl";
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The rows, streamed; the first line of CSV names the columns. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/csv": string;
                    "application/x-ndjson": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    streamEvents: {
        parameters: {
            query?: {
                /** @description Only events of this trial. */
                trial?: number;
            };
            header?: {
                /** @description Resume after this revision. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["Event"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listTrials: {
        parameters: {
            query?: {
                /** @description At most this many; the server may return fewer. */
                page_size?: components["parameters"]["PageSize"];
                /** @description `next_page_token` of the page before. */
                page_token?: components["parameters"]["PageToken"];
                /** @description Only trials in these states; may be repeated. */
                state?: components["schemas"]["TrialState"][];
                /** @description Only feasible or only infeasible trials. */
                feasible?: boolean;
                /** @description `value` is the first objective, best first; `-` reverses. */
                order_by?: "number" | "-number" | "value" | "-value" | "datetime_complete" | "-datetime_complete";
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of trials. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TrialList"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createTrial: {
        parameters: {
            query?: never;
            header?: {
                /**
                 * @description A unique value for this request (a UUID, say). Sent again within 24 h, the first response is replayed, with
                 *     `Idempotency-Replayed: true`. The same key with another body is 422 `idempotency_key_reused`; while the first is still under way, 409 `request_in_progress`.
                 */
                "Idempotency-Key"?: components["parameters"]["IdempotencyKey"];
            };
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TrialCreate"];
            };
        };
        responses: {
            /** @description A trial with the same params exists already (`skip_if_exists`); this is it. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    "Idempotency-Replayed": components["headers"]["IdempotencyReplayed"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getTrial: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The trial. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    updateTrial: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if the ETag still is this; else 412 `precondition_failed`. */
                "If-Match"?: components["parameters"]["IfMatch"];
            };
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/merge-patch+json": components["schemas"]["TrialPatch"];
            };
        };
        responses: {
            /** @description The trial as it is now. */
            200: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    suggestParams: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SuggestRequest"];
            };
        };
        responses: {
            /** @description All of the trial's parameters, the new ones included. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SuggestResponse"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    reportTrial: {
        parameters: {
            query?: {
                /** @description Send the explanation even when nothing fires. */
                explain?: boolean;
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Report"];
            };
        };
        responses: {
            /** @description The prune decision. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    tellTrial: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Tell"];
            };
        };
        responses: {
            /** @description The finished trial. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    heartbeatTrial: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decision as of now. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    releaseTrial: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The trial, WAITING. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Trial"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    pruneTrial: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decision the worker will get. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    getDecision: {
        parameters: {
            query?: {
                /** @description Explain the verdict on the trial's last report. */
                explain?: boolean;
                /** @description With `explain` - on its last report up to this step instead. */
                step?: number;
                /** @description Wait so long for `should_prune` to become true. */
                wait_seconds?: number;
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The decision. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Decision"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listDecisions: {
        parameters: {
            query?: {
                /** @description At most this many; the server may return fewer. */
                page_size?: components["parameters"]["PageSize"];
                /** @description `next_page_token` of the page before. */
                page_token?: components["parameters"]["PageToken"];
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of decisions, oldest first. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DecisionList"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listMetrics: {
        parameters: {
            query?: {
                /** @description At most this many; the server may return fewer. */
                page_size?: components["parameters"]["PageSize"];
                /** @description `next_page_token` of the page before. */
                page_token?: components["parameters"]["PageToken"];
                /** @description Only these metrics; may be repeated. A name that ends in `/` takes all that start so (`system/`). */
                name?: string[];
            };
            header?: never;
            path: {
                /** @description The study's name. */
                study: components["parameters"]["StudyPath"];
                /** @description The trial's number in its study, from 0. */
                number: components["parameters"]["TrialNumber"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Points in order of arrival. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MetricPage"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listSamplers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All samplers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SamplerCatalogue"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listPruners: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All pruners. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PrunerCatalogue"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    importStudy: {
        parameters: {
            query?: {
                /** @description The new study's name; the archive's own by default. */
                name?: components["schemas"]["StudyName"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-ndjson": string;
            };
        };
        responses: {
            /** @description Created. */
            201: {
                headers: {
                    ETag: components["headers"]["ETag"];
                    Location: components["headers"]["Location"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Study"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    backup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The database, an SQLite file. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.sqlite3": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alive. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            503: components["responses"]["Problem"];
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Versions. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
