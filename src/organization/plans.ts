import type { Plan } from './licenses.ts';

/** Which plans let an identity provider decide who is in the organization (behaviors.md D2, B1, P14). */
const provisioning: Record<Plan, boolean> = { free: false, pro: true, enterprise: true };

/** Whether an organization on this plan may turn provisioning on. What is on stays on when the plan shrinks. */
export const mayProvision = (plan: Plan): boolean => provisioning[plan];
