/** Where an order stands, as far as anything may have to be done about it. */
export type Situation = 'charging' | 'pending' | 'paid' | 'stuck';
