"""The words by which the heuristic reader knows a task, in English and Korean.

A word counts by its weight: 3 names the task outright, 1 is a hint. English entries match the beginning of a word;
Korean ones match anywhere, since endings cling to them.
"""

from router.types import Task

# An operation on a text wins over the text's subject, so these weigh most.
ENGLISH: dict[Task, dict[int, str]] = {
    "summarisation": {6: "summari tldr condense", 4: "shorten recap gist digest", 2: "bullet takeaway minutes"},
    "translation": {6: "translat", 3: "localis localiz idiomatic", 2: "korean japanese spanish french german"},
    "extraction": {6: "extract", 3: "parse fields entities", 2: "json table list pull invoice"},
    "classification": {6: "classif categori", 4: "sentiment label triage spam moderat", 2: "ticket tag positive"},
    "creative_writing": {
        4: "poem haiku story lyric limerick screenplay sonnet",
        3: "slogan tagline fiction",
        1: "write",
    },
    "speech": {6: "ssml tts transcri", 4: "aloud narrat voiceover pronounc spoken", 3: "voice audio speech podcast"},
    "coding": {
        4: "python javascript typescript sql regex function compil refactor docker kubernetes rust golang java bash",
        3: "code bug api pytest django react git unittest class stack exception deadlock",
        1: "algorithm array endpoint database query loop",
    },
    "math": {4: "prove theorem integral derivative equation probability matrix", 3: "solve calculat sum prime percent"},
    "science": {
        3: "physics chemistry biology quantum molecul protein enzyme thermodynam",
        2: "energy reaction cell gas",
    },
    "reasoning": {4: "puzzle riddle deduc logic knights liar", 2: "constraint schedule seat truth if exactly"},
    "law": {4: "contract clause statute legal liab gdpr plaintiff court", 3: "law tenant nda lawsuit lease copyright"},
    "security": {4: "cve vulnerab malware phishing ransomware exploit xss csrf", 3: "attack encrypt firewall harden"},
    "medicine": {4: "patient diagnos symptom dosage dose clinical", 3: "drug mg disease medic therapy blood pain"},
    "chat": {3: "hello hi thanks hey bye", 2: "recommend weekend dinner gift trip", 1: "you my feel"},
}
KOREAN: dict[Task, dict[int, str]] = {
    "summarisation": {6: "요약 간추려 줄여", 3: "핵심 정리해"},
    "translation": {6: "번역 영어로 한국어로 옮겨", 3: "일본어 중국어"},
    "extraction": {6: "추출 뽑아", 3: "항목 표로 목록"},
    "classification": {6: "분류 긍정 부정", 3: "감성 라벨 스팸 판별"},
    "creative_writing": {4: "소설 동화 가사 시를 시조 카피", 3: "이야기 써줘 써 줘 지어"},
    "speech": {6: "낭독 읽어줘 음성 발음 받아쓰", 3: "내레이션 방송 녹음 멘트"},
    "coding": {4: "코드 함수 파이썬 자바 쿼리 정규식 컴파일", 3: "버그 에러 배포 서버 구현"},
    "math": {4: "증명 적분 미분 방정식 확률 행렬", 3: "계산 구하 합은 넓이 수열"},
    "science": {3: "물리 화학 생물 분자 세포 반응 에너지 중력", 2: "원리 실험 전자"},
    "reasoning": {4: "퍼즐 추리 논리 거짓말 참말", 2: "조건 순서 앉 가정"},
    "law": {4: "법률 계약 판례 소송 임대차 보증금", 3: "법 조항 고소 위약금 해고"},
    "security": {4: "보안 취약점 악성 해킹 피싱 랜섬웨어", 3: "침해 암호화 방화벽 권한"},
    "medicine": {4: "환자 증상 진단 복용 처방 용량", 3: "약 통증 질환 혈압 당뇨"},
    "chat": {3: "안녕 고마워 추천", 2: "주말 저녁 여행 선물 기분"},
}
# Words of demanding work, and of light work, whatever the task.
HARD = (
    "prove rigorous derive optimal trade-off asymptotic counterexample adversarial formally jurisdiction differential \
증명 엄밀 최적 반례 유도 판례 쟁점 감별"
)
EASY = "simple quick basic simply short hello thanks what's define 간단 쉽게 뭐야 짧게 기초 안녕"
OUTPUT_TOKENS: dict[Task, int] = {
    "chat": 90,
    "coding": 320,
    "math": 220,
    "science": 240,
    "reasoning": 220,
    "law": 300,
    "security": 280,
    "medicine": 260,
    "summarisation": 140,
    "translation": 120,
    "extraction": 110,
    "classification": 25,
    "creative_writing": 350,
    "speech": 120,
}
