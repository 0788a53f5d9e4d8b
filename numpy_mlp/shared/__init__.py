"""What both packages use beside the lesson: files, histories, bars, tables, commands, pictures."""
