import { users as firstUsers, type User } from '../catalogue.ts';
import { Ledger } from '../shared/ledger.ts';

type UserEffect = { type: 'user-set'; user: User };

/** Who may shop. */
export class Users {
  readonly ledger: Ledger<UserEffect>;
  readonly #users = new Map(firstUsers.map((user) => [user.id, user]));

  constructor(dataDir: string | undefined) {
    this.ledger = Ledger.open('auth', dataDir, (effect: UserEffect) => this.#apply(effect));
  }

  get(id: string): User | undefined {
    return this.#users.get(id);
  }

  list(): User[] {
    return [...this.#users.values()];
  }

  set(user: User): User {
    const effect: UserEffect = { type: 'user-set', user };
    this.ledger.append(effect);
    this.#apply(effect);
    return user;
  }

  #apply({ user }: UserEffect): void {
    this.#users.set(user.id, user);
  }
}
