/** The values the server speaks, by the names the console uses; all of them generated from its OpenAPI. */
import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Page<T> = { items: T[]; next?: string | null };
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type RunSummary = Schemas["RunSummary"];
export type Run = Schemas["RunDetail"];
export type Step = Schemas["Step"];
export type StepDetail = Schemas["StepDetail"];
export type Reason = Schemas["StepReason"];
export type Message = Schemas["Message"];
export type Part = Schemas["Part"];
export type Approval = Schemas["Approval"];
export type Answer = Schemas["AnswerAsk"];
export type Kill = Schemas["Kill"];
export type KillAsk = Schemas["KillAsk"];
export type Fleet = Schemas["Fleet"];
export type FleetAgent = Schemas["FleetAgent"];
export type BudgetUse = Schemas["BudgetUse"];
export type LedgerEntry = Schemas["LedgerEntry"];
export type Checkpoint = Schemas["CheckpointView"];
export type Verification = Schemas["VerifyReport"];
export type Receipt = Schemas["ReceiptView"];
export type Health = Schemas["Health"];
export type Explanation = Schemas["StepExplanation"];
export type Would = Schemas["WouldView"];
export type FalseBlockAsk = Schemas["FalseBlockAsk"];
export type Policies = Schemas["PoliciesView"];
export type Pack = Policies["packs"][number];
export type Rule = Pack["rules"][number];
export type SourceFile = Policies["tests"][number];
export type Lint = Schemas["LintView"];
export type RuleLevel = Schemas["RuleLevel"];
export type LevelAsk = Schemas["LevelAsk"];
export type SourceAsk = Schemas["SourceAsk"];
export type Checked = Schemas["Checked"];
export type Tried = Schemas["Tried"];
export type Compared = Schemas["Compared"];
export type Backtest = Schemas["BacktestView"];
export type Edition = Schemas["Edition"];
export type Preset = Schemas["PresetView"];
export type Budget = Schemas["Budget"];
export type BudgetAsk = Schemas["BudgetAsk"];
export type BudgetEdit = Schemas["BudgetEdit"];
export type Holder = Budget["holders"][number];

export type Verdict = NonNullable<Step["verdict"]>;
export type RunState = RunSummary["state"];
export type StepState = Step["state"];
export type StepKind = Step["kind"];
export type ApprovalState = Approval["state"];
export type AgentState = FleetAgent["state"];
export type KillScope = Kill["scope"];
