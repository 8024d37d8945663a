"""Quality rules: what they may say, whether they make sense, and when they would act."""
