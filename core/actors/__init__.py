"""The only code of core that waits: one actor for each thing of the site, and the jobs."""
