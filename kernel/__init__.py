"""The ground floor: clock, database, news, chores, money and web plumbing, with no domain noun."""
