"""What both packages use beside the lesson: files, histories, bars, tables, commands, pictures."""

from numpy_mlp.shared.interrupt import stop_quietly_until_run

stop_quietly_until_run()
